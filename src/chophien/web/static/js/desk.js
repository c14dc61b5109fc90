// The host's desk: how long the goods have been on air, what sells, who watches; by itself.
import { now } from "./clock.js";
import { listen } from "./hub.js";
import { refresh } from "./fresh.js";

const SOLD_WITHIN_MS = 2500;
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const root = document.querySelector("[data-room]");
const room = root.dataset.room;

function tick() {
  for (const place of document.querySelectorAll("[data-since]")) {
    const passed_ms = Math.max(now() - Date.parse(place.dataset.since), 0);
    const seconds = Math.floor(passed_ms / SECOND_MS);
    place.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const planned = Number(place.dataset.minutes ?? 0);
    place.closest("[data-clock]")?.classList.toggle("is-over", planned > 0 && passed_ms > planned * MINUTE_MS);
  }
}

function show(name, value) {
  if (value === undefined) return;
  for (const place of document.querySelectorAll(`[data-count="${name}"]`)) {
    place.textContent = value;
    place.closest("[hidden]")?.removeAttribute("hidden");
  }
}

const kinds = new Set(["pinned", "run", "warned", "stopped", "muted", "cue"]);

tick();
setInterval(tick, SECOND_MS);
document.addEventListener("fresh", tick);
listen(`room:${room}`, (event) => kinds.has(event.type) && refresh(), () => refresh());
listen("fair", (event) => {
  if (event.type === "stock" && document.querySelector(`[data-run] [data-sku="${Number(event.sku_id)}"]`)) refresh(SOLD_WITHIN_MS);
});
// The talk lane tells who watches and how many hearts came, where there is one.
listen(`chat:${room}`, (data) => {
  show("watching", data.watching);
  show("likes", data.likes);
});
