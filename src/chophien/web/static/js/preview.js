// The moving picture on the fair's home: silent, only while it is in view, on a phone for half a
// minute at most, and not for people who save data, pay for it, or ask for less motion.

const PHONE_MS_MAX = 30_000;
const line = navigator.connection;
const saves = line?.saveData === true || line?.type === "cellular" || matchMedia("(prefers-reduced-motion: reduce)").matches;
const isPhone = matchMedia("(max-width: 719px)").matches;

async function preview(video) {
  const { playSmall, readSource } = await import("./player.js");
  let player = null;
  const stop = () => {
    player?.stop();
    player = null;
    video.classList.remove("is-moving");
  };
  video.addEventListener("timeupdate", () => video.classList.toggle("is-moving", video.currentTime > 0));
  const watch = new IntersectionObserver(([entry]) => {
    if (entry.isIntersecting) player ??= playSmall(video, readSource(video));
    else stop();
  });
  watch.observe(video);
  if (isPhone) {
    setTimeout(() => {
      watch.disconnect();
      stop();
    }, PHONE_MS_MAX);
  }
}

if (!saves) {
  addEventListener("load", () => {
    for (const video of document.querySelectorAll("[data-preview]")) preview(video);
  });
}
