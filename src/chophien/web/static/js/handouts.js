// While coupons are being given, the page reads anew how far it is.
import { refresh } from "./fresh.js";

const EVERY_MS = 1500;

setInterval(() => {
  if (document.querySelector("[data-handout=under-way]") && !document.hidden) refresh();
}, EVERY_MS);
