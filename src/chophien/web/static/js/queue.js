// A waiting room's page: asks for the room's public state, the same for all and cheap, and works
// out from its pace how many are before and how long it takes. The server writes the page anew
// only when the state of this person changes. Says aloud what changed, once a minute at most.
import { now } from "./clock.js";
import { refresh } from "./fresh.js";
import { count } from "./money.js";

const ASK_MS = 2000;
const ASK_HIDDEN_MS = 15_000;
const SPREAD_MS = 3000; // after the draw everybody asks for a place, but not at once
const JOIN_SPREAD_MS = 8000;
const SAY_MS = 60_000;
const TURN_SLACK_MS = 300;

const box = () => document.querySelector("[data-queue]");
const KEPT = (id) => `ticket:${id}`;
const spread = (ms) => ms * (0.75 + 0.5 * Math.random());
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
let said = "";
let saidAt = -Infinity;

function say(text, isUrgent) {
  if (text === said || (!isUrgent && performance.now() - saidAt < SAY_MS)) return;
  document.querySelector("[data-says]").textContent = text;
  said = text;
  saidAt = performance.now();
}

function write(selector, text) {
  const element = box().querySelector(selector);
  if (element !== null && element.textContent !== text) element.textContent = text;
}

async function askState(id) {
  const answer = await fetch(`/lane/rooms/${id}`);
  if (!answer.ok) throw new Error(`no state: ${answer.status}`);
  return answer.json();
}

/** The place, once it is drawn: the ticket shows who asks, and comes back with it. */
async function askPlace(id, ticket) {
  const answer = await fetch("/lane/queue", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ room: Number(id), ticket }),
  });
  if (!answer.ok) throw new Error(`no place: ${answer.status}`);
  return answer.json();
}

/** When the turn of a place comes, by the pace as it is told. */
function findTurn({ pace }, place) {
  return Date.parse(pace.at) + ((place - pace.place) / pace.rate_per_s) * 1000;
}

function showWaiting(room, place) {
  const { dataset } = box();
  // A place before the latest change of pace keeps the turn that the server told.
  const turn = place < room.pace.place ? Date.parse(dataset.turn) : findTurn(room, place);
  const left_ms = turn - now();
  if (left_ms <= -TURN_SLACK_MS) return refresh();
  const passed = Math.max(0, Math.floor(((now() - Date.parse(room.pace.at)) * room.pace.rate_per_s) / 1000) + 1);
  const before = Math.max(0, place - (room.pace.place + passed));
  const minutes = Math.ceil(left_ms / 60_000);
  const wait = minutes > 1 ? dataset.minutes.replace("{n}", count(minutes)) : dataset.soon;
  box().querySelector("[data-waiting]").hidden = false;
  box().querySelector("[data-clock-part]").hidden = false;
  write("[data-before]", count(before));
  write("[data-wait]", wait);
  const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Ho_Chi_Minh" });
  write("[data-clock]", time.format(turn));
  say(dataset.sayWaiting.replace("{before}", count(before)).replace("{wait}", wait), false);
  return undefined;
}

async function follow(room) {
  const { dataset } = box();
  if (dataset.state === "now" && now() >= Date.parse(dataset.ends)) return refresh();
  box().querySelector("[data-gone]").hidden = !room.is_sold_out;
  if (room.is_sold_out) say(dataset.sayGone, true);
  if (room.is_closed && dataset.state !== "closed") {
    say(dataset.sayClosed, true);
    return refresh(SPREAD_MS);
  }
  write("[data-entered]", count(room.entered));
  write("[data-waiting-count]", count(room.waiting));
  if (!room.is_drawn || !dataset.joined) {
    const isStale = ["coming", "drawing"].includes(dataset.state) && room.is_drawn;
    return isStale ? refresh(JOIN_SPREAD_MS) : undefined;
  }
  if (dataset.number === "") {
    await pause(SPREAD_MS * Math.random());
    const seated = await askPlace(dataset.queue, dataset.ticket);
    if (seated.place === null) return undefined;
    Object.assign(box().dataset, { number: seated.place + 1, turn: seated.turn_at, ticket: seated.ticket });
    // Everybody gets a place in the same moment: the page itself shows it, without the server.
    box().dataset.state = "waiting";
    box().querySelector("[data-stage]").hidden = true;
  }
  return dataset.state === "waiting" ? showWaiting(room, Number(dataset.number) - 1) : undefined;
}

/** The page of the goods finds the ticket here, while the turn is on. */
function keepTicket() {
  const { queue, state, ticket } = box().dataset;
  if (state === "now") sessionStorage.setItem(KEPT(queue), ticket);
  else sessionStorage.removeItem(KEPT(queue));
}

async function watch() {
  for (;;) {
    try {
      await follow(await askState(box().dataset.queue));
    } catch {
      if (["coming", "drawing", "waiting"].includes(box().dataset.state)) await refresh(ASK_HIDDEN_MS);
    }
    keepTicket();
    if (box().dataset.state === "now") say(box().dataset.sayNow, true);
    await pause(spread(document.hidden ? ASK_HIDDEN_MS : ASK_MS));
  }
}

document.addEventListener("fresh", keepTicket);
keepTicket();
watch();
