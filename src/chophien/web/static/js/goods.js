// Stock and prices on any page: `[data-sku]` follows its sku, within a second of a change.
import { listen } from "./hub.js";
import { refresh } from "./fresh.js";

// A file of a million rows changed prices: all pages read theirs anew, but not all at once.
const GOODS_WITHIN_MS = 8000;
const KEPT_WITHIN_MS = 4000;

function showStock(element, free) {
  const isOut = free === 0;
  element.classList.toggle("is-sold-out", isOut);
  for (const each of element.querySelectorAll("[data-stock]")) each.textContent = free;
  for (const each of element.querySelectorAll("[data-when-sold-out]")) each.hidden = !isOut;
  for (const each of element.querySelectorAll("[data-when-left]")) each.hidden = isOut;
  for (const each of element.querySelectorAll("[data-buy]")) each.disabled = isOut;
}

// A kind that is sold out cannot stay chosen; with none left there is nothing to press.
function settleChoice(form) {
  const kinds = [...form.querySelectorAll("input[type=radio]")];
  const left = kinds.filter((each) => !each.disabled);
  if (left.length && !left.some((each) => each.checked)) left[0].checked = true;
  for (const button of form.querySelectorAll("[data-needs-choice]")) button.disabled = left.length === 0;
}

function onStock({ sku_id, free, kept = 0 }) {
  const shown = document.querySelectorAll(`[data-sku="${Number(sku_id)}"]`);
  // Units are kept for flash prices and presales: how many can be bought now, the server says. Soon
  // where it decides what is sold out, else over some seconds: thousands of pages ask at once.
  if (kept > 0 && shown.length) return void refresh(free === 0 ? 600 : KEPT_WITHIN_MS);
  for (const element of shown) {
    const wasOut = element.classList.contains("is-sold-out");
    showStock(element, free);
    const form = element.closest("form.buy");
    if (form) settleChoice(form);
    if (element.closest("[data-fresh=cart]")) refresh(1500);
    // A product with several skus shows the first that is left: which one that is has changed.
    if (Number(element.dataset.skus ?? 1) > 1 && wasOut !== (free === 0)) refresh();
  }
}

function onPrice({ product_id }) {
  if (document.querySelector(`[data-product="${Number(product_id)}"]`)) refresh();
}

/** Follow the goods of this page, if it shows any. */
export function followGoods() {
  document.addEventListener("over", () => refresh(1200));
  if (!document.querySelector("[data-sku], [data-product]")) return;
  const kinds = { stock: onStock, price: onPrice, goods: () => refresh(GOODS_WITHIN_MS), show: (event) => document.dispatchEvent(new CustomEvent("show", { detail: event })) };
  listen("fair", (event) => kinds[event.type]?.(event), () => refresh());
}
