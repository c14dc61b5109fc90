// The host sees how many took a dropped coupon, without pressing anything.
import { listen } from "./hub.js";
import { refresh } from "./fresh.js";

const EVERY_MS = 2000;
const room = document.querySelector("[data-room]").dataset.room;

listen(`room:${room}`, (event) => event.type === "drop" && refresh(), () => refresh());

setInterval(() => {
  if (document.querySelector(".drop__open") && !document.hidden) refresh();
}, EVERY_MS);
