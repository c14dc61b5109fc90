// How it goes with each platform, read anew while the show is on or coming.
import { refresh } from "./fresh.js";

const EVERY_MS = 3000;

setInterval(() => {
  if (document.querySelector("[data-outward]") && !document.hidden) refresh();
}, EVERY_MS);

const key = document.querySelector("#new-key");
key?.addEventListener("focus", () => key.select());
key?.select();
