// A producer's cues on the host's pages: there at once, gone with a tap.
import { listen } from "./hub.js";
import { swap } from "./fresh.js";

const find = () => document.querySelector("[data-cues]");

async function read() {
  const answer = await fetch(find().dataset.cues, { cache: "no-store" });
  if (!answer.ok) return;
  const before = find().children.length;
  swap(await answer.text());
  if (find().children.length > before && navigator.userActivation?.hasBeenActive) navigator.vibrate?.(120);
}

// The answer is not awaited: a host taps and goes on talking. A failed one comes back by `read`.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-cues] form");
  if (!form) return;
  event.preventDefault();
  fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "fetch" } })
    .catch(() => undefined)
    .finally(read);
  form.remove();
});

if (find()) listen(`room:${find().dataset.cuesRoom}`, (event) => event.type === "cue" && read(), read);
