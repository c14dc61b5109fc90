// A room's chat: what others say, what one says oneself, hearts, reports, orders by comment.
// Whatever people write is set as text, never as markup.
import { addOwn, chat, dress, log, mine, onTick, readAnew, settle, show, watch } from "./chat_log.js";
import { startLikes } from "./chat_likes.js";
import { askReport } from "./chat_reports.js";
import { explain, tell, wait, word } from "./chat_words.js";
import { swap } from "./fresh.js";
import { listen, talk } from "./hub.js";

const form = chat.querySelector("[data-chat-form]");
const OWN_SHOWN_MS = 6000; // after that an own message that was left out of a tick counts as sent
const TEXT_MAX = 1000; // more is never sent: the hub would close the line
const NAME = "chat-name";

// ---------------------------------------------------------------- saying something

async function send(event, room) {
  event.preventDefault();
  const text = form.elements.text.value;
  const name = form.elements.name?.value.trim() ?? "";
  if (!text.trim()) return;
  if (text.length > TEXT_MAX || name.length > TEXT_MAX) {
    tell(word("too_long"));
    return;
  }
  if (form.elements.name && !name) {
    tell(word("no_name"));
    form.elements.name.focus();
    return;
  }
  const key = crypto.getRandomValues(new Uint32Array(2)).join("-");
  const line = addOwn(text, name);
  mine.set(key, line);
  form.elements.text.value = "";
  const answer = await room.say(text, form.elements.name ? { key, name } : { key });
  if (answer.accepted) onTaken(key, name, text);
  else onRefused(key, text, answer);
}

function onTaken(key, name, text) {
  tell("");
  if (form.elements.name) keepName(name);
  setTimeout(() => settle(key), OWN_SHOWN_MS);
  if (namesCode(text)) setTimeout(readDrafts, 300 + 300 * Math.random());
}

function onRefused(key, text, { code, message }) {
  mine.get(key)?.remove();
  mine.delete(key);
  if (!form.elements.text.value) form.elements.text.value = text;
  tell(code >= 1000 && code < 2000 ? explain(message) : word("line"));
  if (message?.startsWith("bad_name") || message?.startsWith("no_name")) showName();
}

function keepName(name) {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // a private window: the name is asked for again
  }
  chat.querySelector("[data-name-field]").hidden = true;
}

function showName() {
  const field = chat.querySelector("[data-name-field]");
  if (!field) return;
  field.hidden = false;
  form.elements.name.focus();
}

function recallName() {
  if (!form?.elements.name) return;
  try {
    form.elements.name.value = localStorage.getItem(NAME) ?? "";
  } catch {
    return;
  }
  chat.querySelector("[data-name-field]").hidden = form.elements.name.value !== "";
}

// ---------------------------------------------------------------- orders by comment

function namesCode(text) {
  const plain = text.normalize("NFKC").toUpperCase().replace(/[\s.\-]/g, "");
  return (chat.dataset.codes || "").split(" ").some((code) => code && plain.replace(/([A-Z])0+(\d)/g, "$1$2").includes(code));
}

async function readDrafts() {
  const answer = await fetch(chat.dataset.draftsFrom, { cache: "no-store" });
  if (answer.ok) swap(await answer.text());
}

// ---------------------------------------------------------------- what moderators do

function onRules({ slow_s, is_closed }) {
  const was = chat.dataset.closed === "1";
  chat.dataset.closed = is_closed ? "1" : "0";
  if (is_closed !== was) tell(word(is_closed ? "closed" : "opened"), is_closed);
  else if (String(slow_s) !== chat.dataset.slow && slow_s) tell(word("slow_on", { wait: wait(slow_s) }), false);
  chat.dataset.slow = slow_s;
}

const kinds = {
  chat_removed: ({ message_id }) => log().querySelector(`[data-message="${CSS.escape(message_id)}"]`)?.remove(),
  chat_shown: show,
  chat_notice: ({ text }) => {
    chat.querySelector("[data-notice]").hidden = text === "";
    chat.querySelector("[data-notice-text]").textContent = text;
  },
  chat_rules: onRules,
};

// ---------------------------------------------------------------- place and habits

// On a desk the chat stands beside the video, on a phone over its lower third.
function place() {
  const slot = document.querySelector(matchMedia("(min-width: 900px)").matches ? "[data-chat-beside]" : "[data-chat-over]");
  if (slot && chat.parentElement !== slot) slot.append(chat);
  log().scrollTop = log().scrollHeight;
}

function toggle(button, act) {
  button.addEventListener("click", () => {
    const isOn = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isOn));
    act(isOn);
  });
}

function start() {
  const room = talk(chat.dataset.chat, onTick);
  chat.hidden = false;
  place();
  matchMedia("(min-width: 900px)").addEventListener("change", place);
  dress();
  watch();
  recallName();
  listen(`room:${chat.dataset.chat}`, (event) => kinds[event.type]?.(event), readAnew);
  toggle(chat.querySelector("[data-quiet]"), (isOn) => chat.classList.toggle("is-quiet", isOn));
  toggle(chat.querySelector("[data-aloud]"), (isOn) => log().setAttribute("aria-live", isOn ? "polite" : "off"));
  log().addEventListener("click", ({ target }) => target.closest("[data-flag]") && askReport(target.closest("[data-message]")));
  document.addEventListener("sent", readDrafts);
  form?.addEventListener("submit", (event) => send(event, room));
  startLikes(room);
}

start();
