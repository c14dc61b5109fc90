// Draws, gifts, countdowns and milestones in a room. This device makes a number of its own by
// chance: what stands for its owner in a draw is made of it. It notes the fingerprints as they are
// told, so that a proof can be held against them later. While the page is looked at it says so.
import { listen } from "./hub.js";
import { swap } from "./fresh.js";

const room = document.querySelector("[data-room]");
const { here, hereEvery, hereKey, drawUrl, show } = room.dataset;
const SPREAD_MS = 1500; // everybody hears at once, not everybody asks at once
const AFTER_CLOSE_MS = 2500; // the list is frozen a second after its closing, drawn a second later
const NUMBER_BYTES = 16;

// ---------------------------------------------------------------- what this device keeps

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {}; // no storage in this window: the number lasts as long as the page
  }
}

function keep(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify({ ...read(key), ...value }));
  } catch {
    return; // as above
  }
}

function makeNumber() {
  const bytes = crypto.getRandomValues(new Uint8Array(NUMBER_BYTES));
  return [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
}

const NUMBER_KEY = `watch:${show}:${hereKey}`;
const number = read(NUMBER_KEY).number ?? makeNumber();
if (here) keep(NUMBER_KEY, { number });

/** Note what was told of a draw; what was noted first stays, or it would prove nothing. */
function note(id, { promise, entries_digest: digest, receipt }) {
  const known = read(`draw:${id}`);
  const told = { promise, digest, receipt, ...(receipt ? { number } : {}) };
  keep(`draw:${id}`, Object.fromEntries(Object.entries(told).filter(([name, value]) => value && !known[name])));
}

// ---------------------------------------------------------------- the card

function dress() {
  for (const field of document.querySelectorAll("[data-watch-number]")) field.value = number;
  const card = document.querySelector("[data-draw]");
  if (card === null) return;
  const { draw, promise, digest, receipt } = card.dataset;
  note(draw, { promise, entries_digest: digest, receipt });
  const button = card.querySelector("[data-keep-receipt]");
  if (button !== null) button.hidden = false;
}

async function refreshDraws() {
  const answer = await fetch(drawUrl, { cache: "no-store" });
  if (answer.ok) swap(await answer.text());
}

let waiting = null;

function refreshSoon(after_ms = 0) {
  waiting ??= setTimeout(() => {
    waiting = null;
    refreshDraws().catch(() => undefined); // the line is down: the hub tells when it is back
  }, after_ms + SPREAD_MS * Math.random());
}

function onDraw(event) {
  note(event.draw_id, event);
  const card = document.querySelector(`[data-draw="${Number(event.draw_id)}"]`);
  const count = card?.querySelector("[data-draw-count]");
  if (count && card.dataset.drawState === event.state) count.textContent = event.entrants ?? 0;
  else refreshSoon();
}

function onLeft({ drop_id, left }) {
  const place = document.querySelector(`[data-drop="${Number(drop_id)}"] [data-left]`);
  if (place === null) return;
  place.textContent = left;
  const bar = place.closest("[data-drop]").querySelector("progress");
  if (bar) bar.value = left;
}

function saveReceipt(card) {
  const { draw } = card.dataset;
  const text = JSON.stringify({ draw: Number(draw), ...read(`draw:${draw}`) }, null, 1);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = `receipt-${draw}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// ---------------------------------------------------------------- being there

async function ping() {
  if (document.hidden) return;
  const body = new FormData();
  body.set("number", number);
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "");
  await fetch(here, { method: "POST", body });
  if (document.querySelector(".draw--open") && !document.querySelector("[data-in]")) refreshSoon();
}

const quietly = () => ping().catch(() => undefined); // a lost ping is made up for by the next

if (here) {
  const every_ms = Number(hereEvery) * 1000;
  setTimeout(quietly, 1000 * Math.random());
  setInterval(quietly, every_ms);
  document.addEventListener("visibilitychange", quietly);
}

const kinds = { draw: onDraw, countdown: () => refreshSoon(), milestone: () => refreshSoon(), drop_left: onLeft };
listen(`room:${room.dataset.room}`, (event) => kinds[event.type]?.(event), () => refreshSoon());
document.addEventListener("fresh", dress);
document.addEventListener("sent", () => refreshSoon());
room.addEventListener("over", ({ target }) => target.closest(".draws") && refreshSoon(AFTER_CLOSE_MS));
room.addEventListener("click", ({ target }) => {
  if (target.closest("[data-keep-receipt]")) saveReceipt(target.closest("[data-draw]"));
});
dress();
