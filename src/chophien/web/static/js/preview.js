// The moving picture on the fair's home: silent, only while it is in view, and not for people
// who save data or ask for less motion.

const saves = navigator.connection?.saveData === true || matchMedia("(prefers-reduced-motion: reduce)").matches;

async function preview(video) {
  const { play } = await import("./player.js");
  let player = null;
  video.addEventListener("timeupdate", () => video.classList.toggle("is-moving", video.currentTime > 0));
  new IntersectionObserver(([entry]) => {
    if (entry.isIntersecting) player ??= play(video, video.dataset.preview);
    else if (player) {
      player.stop();
      player = null;
    }
  }).observe(video);
}

if (!saves) {
  addEventListener("load", () => {
    for (const video of document.querySelectorAll("[data-preview]")) preview(video);
  });
}
