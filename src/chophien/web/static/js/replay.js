// A show that is over: its video, and its chapters that jump to their place.
import { playAgain, readSource } from "./player.js";

const room = document.querySelector("[data-room]");
const video = room?.querySelector("[data-replay]");
const jumps = [...(room?.querySelectorAll("[data-seek]") ?? [])];

function tell(state) {
  const place = room.querySelector("[data-stage-state]");
  place.hidden = state === "playing";
  for (const word of place.querySelectorAll("[data-word]")) word.hidden = word.dataset.word !== state;
}

function jump(seconds) {
  video.currentTime = seconds;
  video.play().catch(() => undefined);
  video.scrollIntoView({ block: "nearest" });
}

function mark() {
  const place = jumps.findLast((each) => Number(each.dataset.seek) <= video.currentTime + 0.3);
  for (const each of jumps) {
    const isHere = each === place;
    each.closest(".chapter").classList.toggle("is-playing", isHere);
    if (isHere) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
}

if (video) {
  playAgain(video, readSource(video), tell);
  video.addEventListener("loadedmetadata", () => tell("playing"));
  video.addEventListener("timeupdate", mark);
  for (const each of jumps) each.addEventListener("click", () => jump(Number(each.dataset.seek)));
  // Whoever sends an address with a place in it means that place.
  const wanted = Number(new URLSearchParams(location.search).get("t"));
  if (wanted > 0) video.addEventListener("loadedmetadata", () => (video.currentTime = wanted), { once: true });
}
