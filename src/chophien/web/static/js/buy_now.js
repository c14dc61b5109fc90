// Buying with one press on the page of goods: the panel follows the kind that is chosen, and what
// changes its price.
import { Panel } from "./panel.js";

const APART_MS = 10_000;
const COMPARED = ["due", "opens", "ends", "limit", "room"];

const place = document.querySelector("[data-buy-now-place]");
const form = place.closest("form");
let panel = null;
let isWaiting = false;

function open() {
  panel?.stop();
  form.classList.remove("has-one-press", "is-before-opening");
  const element = place.querySelector("[data-buy-now]");
  panel = element && new Panel(element, form);
  panel?.start();
}

async function fetchPanel() {
  const sku = form.querySelector("[name=sku]:checked")?.value;
  if (!sku) return null;
  const query = new URLSearchParams({ page: place.dataset.page, quantity: form.querySelector("[name=quantity]").value });
  const answer = await fetch(`${place.dataset.buyNowPlace.replace(/\d+/, sku)}?${query}`, { cache: "no-store" }).catch(() => null);
  return answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-buy-now]") : null;
}

/** Put a fresh panel in the place, unless an answer is awaited or nothing has changed. */
async function renew({ isOther = false } = {}) {
  const fresh = await fetchPanel();
  if (panel && !panel.isIdle) return;
  const old = panel?.element.dataset ?? {};
  const isSame = COMPARED.every((name) => old[name] === fresh?.dataset[name]);
  // "Sold out" stays to be read until there is something to buy again.
  const isTold = panel?.phase === "sold_out" && !fresh?.dataset.due;
  if ((isSame || isTold) && !isOther) return;
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(...(fresh ? [fresh] : []));
  open();
  if (hadFocus) place.querySelector("[data-go], a")?.focus();
}

form.addEventListener("change", (event) => event.target.name === "sku" && panel?.isIdle !== false && renew({ isOther: true }));
// The rest of the page was read anew: a price or the stock has changed.
document.addEventListener("fresh", () => {
  if (isWaiting) return;
  isWaiting = true;
  setTimeout(() => {
    isWaiting = false;
    renew();
  }, APART_MS * Math.random());
});
open();
