// Phases that turn, and the fair's clock when a rehearsal moves it.
import { sync } from "./clock.js";
import { listen } from "./hub.js";
import { refresh } from "./fresh.js";

// All pages hear of a turn at once: each reads at its own moment.
const SPREAD_MS = 3000;

const isTouched = () =>
  [...document.querySelectorAll("main input, main textarea")].some(
    (field) => field.type !== "hidden" && (field.value !== field.defaultValue || field.checked !== field.defaultChecked),
  );

// Everything on the page may be of another time; what somebody is typing stays all the same.
async function onClock() {
  await sync();
  if (isTouched()) refresh();
  else setTimeout(() => location.reload(), 1500 * Math.random());
}

const kinds = { phase: () => refresh(SPREAD_MS), clock: onClock };

// What is wider than the screen begins where the fair stands now.
function showNow() {
  const current = document.querySelector(".steps [aria-current]");
  const strip = current?.closest(".steps");
  if (strip) strip.scrollLeft = current.offsetLeft - strip.offsetLeft - 16;
  for (const line of document.querySelectorAll("line.timeline__now")) {
    const picture = line.closest(".timeline");
    const scale = picture.scrollWidth / line.ownerSVGElement.viewBox.baseVal.width;
    picture.scrollLeft = line.x1.baseVal.value * scale - picture.clientWidth / 2;
  }
}

/** Follow the phases, on pages that show any time at all. */
export function followPhases() {
  showNow();
  document.addEventListener("fresh", showNow);
  if (!document.querySelector("[data-until], [data-now], [data-fresh=phases], [data-server-time]")) return;
  listen("fair", (event) => kinds[event.type]?.(event), () => refresh());
}
