// The host's page of draws: entrants grow, lists freeze, winners answer, without pressing anything.
import { listen } from "./hub.js";
import { refresh } from "./fresh.js";

const EVERY_MS = 4000;
const KINDS = new Set(["draw", "countdown", "milestone"]);
const room = document.querySelector("[data-room]").dataset.room;

listen(`room:${room}`, (event) => KINDS.has(event.type) && refresh(), () => refresh());
document.addEventListener("over", () => refresh(2000));

setInterval(() => {
  const isBusy = document.querySelector('[data-draw-state="open"], [data-draw-state="frozen"]') !== null;
  // Not while somebody types the reason for which a draw is called off.
  const isTyped = document.activeElement?.matches("input, textarea, select") ?? false;
  if (isBusy && !isTyped && !document.hidden) refresh();
}, EVERY_MS);
