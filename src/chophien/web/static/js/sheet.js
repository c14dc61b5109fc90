// Buying with one press in the live room: a sheet over the goods, the video runs on above it.
// What one press cannot buy goes through the cart, as without a script.
import { findKept } from "./lane.js";
import { Panel } from "./panel.js";

const sheet = document.querySelector("[data-sheet]");
const place = sheet.querySelector("[data-sheet-place]");
let panel = null;
let byCart = null;

async function fetchPanel(address) {
  const query = new URLSearchParams({ sheet: "", show: sheet.dataset.show, page: location.pathname });
  const answer = await fetch(`${address}?${query}`, { cache: "no-store" }).catch(() => null);
  return answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-buy-now]") : null;
}

function open(fresh, name) {
  panel?.stop();
  place.replaceChildren(fresh);
  sheet.querySelector("[data-sheet-name]").textContent = name;
  sheet.querySelector("[data-sheet-cart]").hidden = byCart === null;
  if (!sheet.open) sheet.showModal();
  panel = new Panel(fresh, fresh);
  panel.start();
}

async function onPress(event) {
  const button = event.target.closest("[data-one-press]");
  if (!button || button.dataset.onePress === "") return;
  event.preventDefault();
  byCart = button;
  const isAsking = panel && !panel.isIdle;
  if (isAsking) return void sheet.showModal();
  const fresh = await fetchPanel(button.dataset.onePress);
  if (fresh?.dataset.due) open(fresh, button.dataset.name);
  else goByCart();
}

function goByCart() {
  sheet.close();
  byCart.dataset.onePress = "";
  byCart.click();
}

/** A press that had no answer when the room was left or loaded anew. */
async function resume() {
  const kept = findKept();
  if (kept === null) return;
  const fresh = await fetchPanel(sheet.dataset.panelFrom.replace(/\d+/, kept.sku));
  if (fresh) open(fresh, "");
}

document.addEventListener("click", onPress);
sheet.querySelector("[data-sheet-close]").addEventListener("click", () => sheet.close());
sheet.querySelector("[data-sheet-cart]").addEventListener("click", goByCart);
resume();
