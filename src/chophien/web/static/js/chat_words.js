// What the chat says to its viewer: sentences that came with the page, by their code.

const words = document.querySelector("[data-chat-words]");
const SAY_MS = 7000;

export const word = (name, values = {}) => {
  const text = words.querySelector(`[data-word="${CSS.escape(name)}"]`)?.textContent ?? name;
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
};
export const wait = (seconds) => (seconds < 100 ? word("seconds", { count: seconds }) : word("minutes", { count: Math.ceil(seconds / 60) }));

export function tell(text, isBad = true) {
  const place = document.querySelector("[data-chat] [data-say]");
  place.textContent = text;
  place.hidden = text === "";
  place.classList.toggle("is-bad", isBad);
  clearTimeout(tell.timer);
  if (text) tell.timer = setTimeout(() => tell(""), SAY_MS);
}

export function explain(message = "") {
  const [code, seconds] = message.split(" ");
  return words.querySelector(`[data-word="${CSS.escape(code)}"]`) ? word(code, { wait: wait(Number(seconds ?? 1)) }) : word("line");
}
