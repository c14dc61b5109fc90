// Plays a live playlist in a <video>: by hls.js where the browser has Media Source, else natively.
// Tells how it stands ("loading", "playing", "waiting", "trouble") and mends what can be mended.
import Hls from "../vendor/hls/hls.light.min.js";

// About four seconds behind the live edge: three segments of a second in hand, catch up gently.
const SETTINGS = {
  liveSyncDurationCount: 3,
  liveMaxLatencyDurationCount: 10,
  maxLiveSyncPlaybackRate: 1.08,
  maxBufferLength: 12,
  backBufferLength: 20,
  manifestLoadPolicy: {
    default: {
      maxTimeToFirstByteMs: 8000,
      maxLoadTimeMs: 12000,
      timeoutRetry: { maxNumRetry: 4, retryDelayMs: 500, maxRetryDelayMs: 4000 },
      errorRetry: { maxNumRetry: 12, retryDelayMs: 1000, maxRetryDelayMs: 4000 },
    },
  },
};
const AGAIN_MS = 2500;

function start(video) {
  video.play().catch(() => undefined); // refused until a tap: the page offers one
}

function playByScript(video, address, tell) {
  let player = null;
  let timer = 0;
  const open = () => {
    player?.destroy();
    player = new Hls(SETTINGS);
    player.on(Hls.Events.ERROR, onError);
    player.on(Hls.Events.MANIFEST_PARSED, () => start(video));
    player.loadSource(address);
    player.attachMedia(video);
  };
  const onError = (_name, { fatal, type }) => {
    if (!fatal) return;
    tell("trouble");
    if (type === Hls.ErrorTypes.MEDIA_ERROR) player.recoverMediaError();
    else {
      clearTimeout(timer);
      timer = setTimeout(open, AGAIN_MS);
    }
  };
  open();
  return {
    stop: () => {
      clearTimeout(timer);
      player.destroy();
    },
    // When what is on the picture now was made; null while that is unknown.
    shownAt: () => player.playingDate?.getTime() ?? null,
  };
}

function playNatively(video, address, tell) {
  let timer = 0;
  const open = () => {
    video.src = address;
    start(video);
  };
  video.addEventListener("error", () => {
    tell("trouble");
    timer = setTimeout(open, AGAIN_MS);
  });
  open();
  return {
    stop: () => {
      clearTimeout(timer);
      video.removeAttribute("src");
      video.load();
    },
    shownAt: () => video.getStartDate?.().getTime() + video.currentTime * 1000 || null,
  };
}

/** Play `address` in `video`; returns `stop` and `shownAt`. */
export function play(video, address, tell = () => {}) {
  tell("loading");
  video.addEventListener("playing", () => tell("playing"));
  video.addEventListener("waiting", () => tell("waiting"));
  if (Hls.isSupported()) return playByScript(video, address, tell);
  if (video.canPlayType("application/vnd.apple.mpegurl")) return playNatively(video, address, tell);
  tell("unsupported");
  return { stop: () => {}, shownAt: () => null };
}
