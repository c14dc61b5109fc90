// Stops and warnings in the room: a stopped show is dark at once, a warning is there at once.
import { listen } from "./hub.js";
import { refresh, swap } from "./fresh.js";

const room = document.querySelector("[data-room]");
const AGAIN_WITHIN_MS = 4000; // thousands of pages read themselves anew, but not all at once

async function readWarnings() {
  const answer = await fetch(room.dataset.pinnedUrl, { cache: "no-store" });
  if (answer.ok) swap(await answer.text());
}

function turnDark() {
  const place = room.querySelector("[data-halted]");
  if (!place) return;
  place.hidden = false;
  for (const video of room.querySelectorAll("video")) {
    video.pause();
    video.hidden = true;
  }
}

function onStopped({ is_stopped }) {
  if (is_stopped) turnDark();
  setTimeout(() => location.reload(), 700 + AGAIN_WITHIN_MS * Math.random());
}

const kinds = {
  stopped: onStopped,
  warned: readWarnings,
  run: () => {
    readWarnings();
    refresh(1500);
  },
};

listen(`room:${room.dataset.room}`, (event) => kinds[event.type]?.(event), readWarnings);
room.addEventListener("over", (event) => event.target.closest("[data-safety]") && readWarnings());
