// The list of a chat's messages. Whatever people write is set as text, never as markup.
import { onLikes } from "./chat_likes.js";
import { word } from "./chat_words.js";

export const chat = document.querySelector("[data-chat]");
export const log = () => chat.querySelector("[data-chat-log]");
/** Own messages on their way, by the key under which they come back. */
export const mine = new Map();
const KEPT_MAX = 120;
const STATES = ["host", "moderator", "organiser", "guest", "viewer", "outside"];

// Whoever reads further up is left there; everybody else sees the last message, whatever else
// comes and goes beside the list.
let isFollowing = true;

function keepEnd() {
  if (isFollowing) log().scrollTop = log().scrollHeight;
}

export function watch() {
  log().addEventListener("scroll", ({ target }) => {
    isFollowing = target.scrollHeight - target.scrollTop - target.clientHeight < 60;
  });
  let height = 0;
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.height !== height) keepEnd();
    height = contentRect.height;
  }).observe(log());
}

function mark(text) {
  const place = document.createElement("span");
  place.className = "said-by__mark";
  place.textContent = text;
  return place;
}

export function make({ id, name, kind, text, platform = "" }) {
  const line = document.createElement("li");
  line.className = `said-by said-by--${STATES.includes(kind) ? kind : "viewer"}`;
  if (id) line.dataset.message = id;
  const who = document.createElement("b");
  who.textContent = name;
  const said = document.createElement("bdi");
  said.textContent = text;
  line.append(who, " ");
  if (platform) line.append(mark(platform), " ");
  if (kind === "host") line.append(mark(word("host")), " ");
  if (kind === "moderator" || kind === "organiser") line.append(mark(word("moderator")), " ");
  line.append(said);
  if (id) line.append(makeFlag());
  return line;
}

function makeFlag() {
  const flag = document.createElement("button");
  flag.type = "button";
  flag.className = "said-by__flag";
  flag.dataset.flag = "";
  flag.setAttribute("aria-label", word("report"));
  flag.textContent = "⚑";
  return flag;
}

export function add(line) {
  const list = log();
  list.append(line);
  while (list.children.length > KEPT_MAX) list.firstElementChild.remove();
  keepEnd();
}

export function show(item) {
  if (log().querySelector(`[data-message="${CSS.escape(item.id)}"]`)) return;
  const own = item.key && mine.get(item.key);
  if (!own) return add(make(item));
  mine.delete(item.key);
  const line = make(item);
  line.classList.add("is-mine");
  own.replaceWith(line);
}

export function onTick({ said = [], left_out = 0, likes = 0, watching }) {
  for (const item of said) show(item);
  if (left_out) addLeftOut(left_out);
  if (likes) onLikes(likes);
  if (watching !== undefined) chat.querySelector("[data-watching]").textContent = watching.toLocaleString(document.documentElement.lang);
}

function addLeftOut(count) {
  const last = log().lastElementChild;
  const sum = count + (last?.dataset.leftOut ? Number(last.dataset.leftOut) : 0);
  if (last?.dataset.leftOut) last.remove();
  const line = document.createElement("li");
  line.className = "said-by said-by--more";
  line.dataset.leftOut = sum;
  line.textContent = word("left_out", { count: sum });
  add(line);
}

export async function readAnew() {
  const answer = await fetch(chat.dataset.logFrom, { cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-chat-log]");
  log().replaceChildren(...fresh.children);
  dress();
}

// What came with the page gets its flags, and the end is in sight.
export function dress() {
  for (const line of log().querySelectorAll("[data-message]")) line.append(makeFlag());
  log().scrollTop = log().scrollHeight;
}

export function addOwn(text, name) {
  const line = make({ name: name || word("you"), kind: "viewer", text });
  line.classList.add("is-mine", "is-waiting");
  line.append(" ", mark(word("sending")));
  isFollowing = true;
  add(line);
  return line;
}

/** An own message was taken: it is no longer on its way, whether a tick carried it here or not. */
export function settle(key) {
  const line = mine.get(key); // stays known: the tick that carries it may be late
  if (!line?.classList.contains("is-waiting")) return;
  line.classList.remove("is-waiting");
  line.lastElementChild.remove();
}
