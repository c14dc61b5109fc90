// Hearts: counted for everybody, gathered before they are sent; still where the system asks for it.
import { explain, tell } from "./chat_words.js";

const chat = document.querySelector("[data-chat]");
const LIKE_EVERY_MS = 900;
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
let unsent = 0;

export function onLikes(count) {
  const place = chat.querySelector("[data-likes]");
  if (!place) return;
  const sum = Number(place.dataset.likes) + count;
  place.dataset.likes = sum;
  place.textContent = sum.toLocaleString(document.documentElement.lang);
  for (let index = 0; index < Math.min(count, 3); index += 1) rise();
}

function rise() {
  if (isCalm.matches || document.hidden) return;
  const heart = document.createElement("span");
  heart.className = `chat__rising chat__rising--${Math.floor(Math.random() * 3)}`;
  heart.setAttribute("aria-hidden", "true");
  heart.textContent = "♥";
  heart.addEventListener("animationend", () => heart.remove());
  if (chat.querySelectorAll(".chat__rising").length < 12) chat.append(heart);
}

async function sendLikes(room) {
  if (!unsent) return;
  const count = Math.min(unsent, 20);
  unsent = 0;
  const answer = await room.like(count);
  if (!answer.accepted && answer.code >= 1000 && answer.code < 2000) tell(explain(answer.message));
}

export function startLikes(room) {
  chat.querySelector("[data-like]")?.addEventListener("click", () => {
    unsent += 1;
    rise();
  });
  setInterval(() => sendLikes(room), LIKE_EVERY_MS);
}
