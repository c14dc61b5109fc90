// The desks of moderators and of orders by comment: read anew every two seconds, forms sent
// without leaving the page. What is being typed or opened stays.
import { refresh } from "./fresh.js";
import { stayOnPage } from "./stay.js";

const EVERY_MS = 2000;

function isBusy() {
  return document.hidden || document.querySelector("[data-fresh] details[open], [data-fresh] input:focus") !== null;
}

stayOnPage();
document.addEventListener("sent", () => {
  for (const each of document.querySelectorAll("[data-fresh] details[open]")) each.open = false;
  document.querySelectorAll("form input[name=phrase], form input[name=person]").forEach((each) => (each.value = ""));
  refresh(1);
});
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy).catch(() => prompt(button.textContent.trim(), button.dataset.copy));
  button.classList.add("is-copied");
});
setInterval(() => isBusy() || refresh(1), EVERY_MS);
