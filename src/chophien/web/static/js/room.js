// The live room: video, sound at a tap, the pinned product, and what the host says in writing.
import { now } from "./clock.js";
import { listen } from "./hub.js";
import { refresh, swap } from "./fresh.js";
import { watch } from "./stage.js";
import { stayOnPage } from "./stay.js";

const room = document.querySelector("[data-room]");
const video = room.querySelector("[data-video]");
const SAID_MAX = 12;
const BEHIND_MS = 2500; // how far the picture is behind, while the player cannot say it

let player = null;

async function refreshPinned() {
  const answer = await fetch(room.dataset.pinnedUrl, { cache: "no-store" });
  if (!answer.ok) return;
  const before = room.querySelector(".pinned")?.dataset.sku;
  swap(await answer.text());
  const bar = room.querySelector(".pinned");
  if (bar && bar.dataset.sku !== before) bar.classList.add("is-new");
}

function say(text) {
  const list = room.querySelector("[data-said-list]");
  list.querySelector("[data-said-none]")?.remove();
  const line = document.createElement("li");
  line.textContent = text;
  list.append(line);
  while (list.children.length > SAID_MAX) list.firstElementChild.remove();
  list.scrollTop = list.scrollHeight;
}

// A sentence is told when it begins; the viewer's picture gets there some seconds later.
function onSpoken({ text, starts_at }) {
  const begins = Date.parse(starts_at);
  const shown = player?.shownAt();
  const wait_ms = shown ? begins - shown : BEHIND_MS;
  setTimeout(() => say(text), Math.min(Math.max(wait_ms, 0), 15000));
}

// A coupon falls, or a drop was ended: read the open drops anew, and show a new one.
async function refreshDrops() {
  const answer = await fetch(room.dataset.dropUrl, { cache: "no-store" });
  if (!answer.ok) return;
  const before = new Set([...room.querySelectorAll("[data-drop]")].map((each) => each.dataset.drop));
  swap(await answer.text());
  for (const each of room.querySelectorAll("[data-drop]")) each.classList.toggle("is-new", !before.has(each.dataset.drop));
}

// The picture of a host who is a person came, or ended: the player finds it by itself.
function onAir({ state }) {
  const absent = room.querySelector("[data-absent]");
  if (!absent) return;
  absent.hidden = state !== "ended";
  for (const word of absent.querySelectorAll("[data-word]")) word.hidden = word.dataset.word !== "off";
}

const kinds = {
  on_air: onAir,
  drop: refreshDrops,
  pinned: () => {
    refreshPinned();
    refresh(1500);
  },
  spoken: onSpoken,
};

if (video && room.dataset.state === "on_air") player = watch(room, video);
stayOnPage();
listen(`room:${room.dataset.room}`, (event) => kinds[event.type]?.(event), () => {
  refreshPinned();
  refreshDrops();
});
room.addEventListener("over", (event) => event.target.closest("[data-drop]") && refreshDrops());
document.addEventListener("sent", refreshDrops);
listen("fair", (event) => {
  if (event.type === "price" && String(event.product_id) === room.querySelector(".pinned")?.dataset.pinnedProduct) refreshPinned();
});

// A show that begins or ends turns the room: read it anew, each page at its own moment.
const again = (wait_ms) => setTimeout(() => location.reload(), Math.min(wait_ms + 4000 * Math.random(), 2 ** 31 - 1));
if (room.dataset.ends) again(Math.max(Date.parse(room.dataset.ends) - now(), 0));
document.addEventListener("show", ({ detail }) => String(detail.show_id) === room.dataset.show && again(500));
document.addEventListener("over", () => room.dataset.state !== "on_air" && again(500));
document.querySelector(".stage__flag")?.addEventListener("click", () => (document.querySelector("#complain").open = true));
