// What the panel of buying with one press shows and says, out of the words that stand in the page.
import { render } from "./clock.js";

const PRESSABLE = ["ready", "room", "lost"];

/** Label and state of the button for a phase. */
export function showPhase(element, phase) {
  element.dataset.phase = phase;
  const go = element.querySelector("[data-go]");
  if (go === null) return;
  go.hidden = phase === "by_cart";
  go.setAttribute("aria-disabled", String(!PRESSABLE.includes(phase)));
  const label = phase === "lost" ? "again" : phase;
  for (const each of go.querySelectorAll("[data-label]")) each.hidden = each.dataset.label !== label;
}

/**
 * Show a word where a screen reader hears it, with its places filled in: `{ sum: "…" }` fills
 * `[data-sum]`. With `isAgain` the word that is there already is not said once more.
 */
export function say(element, word, { isAgain = false, ...fills } = {}) {
  const place = element.querySelector("[data-say]");
  if (place === null || (isAgain && place.dataset.word === word)) return;
  const source = word && element.querySelector("template[data-words]").content.querySelector(`[data-word="${word}"]`);
  place.dataset.word = word ?? "";
  place.replaceChildren(...(source ? [source.cloneNode(true)] : []));
  for (const [name, text] of Object.entries(fills)) {
    for (const each of place.querySelectorAll(`[data-${name}]`)) each.textContent = text;
  }
  // Whoever has pressed wants to read it; nobody else is moved about the page.
  if (source && element.contains(document.activeElement)) place.scrollIntoView({ block: "nearest" });
}

/** Count down in the word that is shown, for the eye only: a screen reader has heard the word. */
export function countDown(element, wait_ms) {
  const until_ms = performance.now() + wait_ms;
  const place = element.querySelector("[data-say] [data-wait]");
  const tick = () => {
    if (!place?.isConnected) return;
    place.textContent = render(until_ms - performance.now());
    if (performance.now() < until_ms) setTimeout(tick, 250);
  };
  tick();
}
