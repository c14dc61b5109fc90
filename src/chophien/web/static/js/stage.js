// The video of a room: its words when it stands, sound, the way back to now, the saving picture.
import { play, readSource } from "./player.js";

function tell(room, state) {
  const place = room.querySelector("[data-stage-state]");
  place.hidden = state === "playing";
  for (const word of place.querySelectorAll("[data-word]")) word.hidden = word.dataset.word !== state;
}

function offerSound(room, video) {
  const sound = room.querySelector("[data-sound]");
  const mark = () => (sound.hidden = !video.muted);
  sound.addEventListener("click", () => {
    video.muted = false;
    video.volume = 1;
    video.play().catch(() => (video.muted = true));
  });
  video.addEventListener("click", () => (video.muted = !video.muted));
  video.addEventListener("volumechange", mark);
  mark();
}

/** Show what is on air in the room's <video>. */
export function watch(room, video) {
  const jump = room.querySelector("[data-jump]");
  const saving = room.querySelector("[data-saving]");
  const look = ({ isFar, shown_at, latency_ms, hasChoice, isLow }) => {
    jump.hidden = !isFar;
    saving.hidden = !hasChoice;
    room.dataset.picture = isLow ? "low" : "main";
    // For whoever measures: what the picture's date is, and how far it is behind the last part.
    room.dataset.shownAt = shown_at ?? "";
    room.dataset.latencyMs = latency_ms === null ? "" : Math.round(latency_ms);
  };
  const player = play(video, readSource(video), (state) => tell(room, state), look);
  offerSound(room, video);
  jump.addEventListener("click", () => player?.jump());
  saving.addEventListener("click", () => {
    const isSaving = saving.getAttribute("aria-pressed") !== "true";
    saving.setAttribute("aria-pressed", String(isSaving));
    player?.save(isSaving);
  });
  return player;
}
