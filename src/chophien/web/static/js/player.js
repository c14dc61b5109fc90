// Plays video in a <video>: by hls.js where the browser has Media Source, else natively.
// Tells how it stands ("loading", "playing", "waiting", "lost", "trouble") and mends what can be mended.
import Hls from "../vendor/hls/hls.light.min.js";
import { keepAddress } from "./address.js";

const AGAIN_MS = 2500;
const LOOK_MS = 500;
const LOST_MS = 3500; // nothing new for so long: the host's line, not the viewer's
const FAR_MS = 3500; // so much later than meant, one may want to jump
const TOO_FAR_MS = 9000; // catching up would take minutes: jump
const FORBIDDEN = 403;

const retry = (tries) => ({ maxNumRetry: tries, retryDelayMs: 400, maxRetryDelayMs: 3000 });
const policy = (first_ms, all_ms, tries) => ({
  default: {
    maxTimeToFirstByteMs: first_ms,
    maxLoadTimeMs: all_ms,
    timeoutRetry: retry(tries),
    errorRetry: retry(tries),
  },
});
const COMMON = {
  manifestLoadPolicy: policy(8000, 12000, 12),
  fragLoadPolicy: policy(8000, 20000, 6),
  abrEwmaDefaultEstimate: 3000000, // begin with the better picture: most lines carry it
};
// As far behind as the playlist says (PART-HOLD-BACK), a second more after each stall; what was
// lost is caught up six per cent faster than life. (A count of segments would overrule the playlist.)
const LIVE = {
  ...COMMON,
  lowLatencyMode: true,
  maxLiveSyncPlaybackRate: 1.06,
  maxBufferLength: 12,
  backBufferLength: 20,
  playlistLoadPolicy: policy(10000, 12000, 12),
};
// A picture among others: few requests, and no more of them than it is large.
const SMALL = { ...COMMON, lowLatencyMode: false, capLevelToPlayerSize: true, maxBufferLength: 8, backBufferLength: 4 };
// What was recorded begins when it is asked to.
const REPLAY = { ...COMMON, lowLatencyMode: false, maxBufferLength: 30, backBufferLength: 60 };

function start(video) {
  video.play().catch(() => undefined); // refused until a tap: the page offers one
}

function playByScript(video, address, settings, tell) {
  let player = null;
  let timer = 0;
  let grew_ms = performance.now();
  let place_s = 0;
  const open = () => {
    player?.destroy();
    player = new Hls({
      ...settings,
      xhrSetup: (xhr, url) => xhr.open("GET", address.of(url), true),
    });
    player.on(Hls.Events.ERROR, onError);
    if (settings !== REPLAY) player.on(Hls.Events.MANIFEST_PARSED, () => start(video));
    player.on(Hls.Events.LEVEL_UPDATED, (_name, { details }) => details.advanced && (grew_ms = performance.now()));
    player.loadSource(address.url);
    player.attachMedia(video);
    if (place_s) video.addEventListener("loadedmetadata", () => (video.currentTime = place_s), { once: true });
  };
  const onError = (_name, { fatal, type, response }) => {
    if (response?.code === FORBIDDEN) address.renew();
    if (!fatal) return;
    tell("trouble");
    if (type === Hls.ErrorTypes.MEDIA_ERROR) return player.recoverMediaError();
    place_s = settings === REPLAY ? video.currentTime : 0;
    clearTimeout(timer);
    timer = setTimeout(open, AGAIN_MS);
  };
  open();
  return {
    stop: () => {
      clearTimeout(timer);
      player.destroy();
    },
    shownAt: () => player.playingDate?.getTime() ?? null,
    isLost: () => performance.now() - grew_ms > LOST_MS,
    latency_ms: () => (player.latency ? player.latency * 1000 : null),
    behind_ms: () => (player.targetLatency === null ? 0 : (player.latency - player.targetLatency) * 1000),
    jump: () => {
      if (player.liveSyncPosition !== null) video.currentTime = player.liveSyncPosition;
      start(video);
    },
    count: () => player.levels?.length ?? 0,
    isLow: () => player.levels.length > 1 && player.loadLevel === 0,
    save: (isSaving) => (player.nextLevel = isSaving ? 0 : -1),
  };
}

function playNatively(video, address, settings, tell) {
  let timer = 0;
  let place_s = 0;
  const open = () => {
    video.src = address.url;
    if (place_s) video.addEventListener("loadedmetadata", () => (video.currentTime = place_s), { once: true });
    if (settings !== REPLAY) start(video);
  };
  video.addEventListener("error", () => {
    tell("trouble");
    place_s = settings === REPLAY ? video.currentTime : 0;
    timer = setTimeout(() => address.renew().then(open), AGAIN_MS);
  });
  const edge_s = () => (video.seekable.length ? video.seekable.end(video.seekable.length - 1) : 0);
  open();
  return {
    stop: () => {
      clearTimeout(timer);
      video.removeAttribute("src");
      video.load();
    },
    shownAt: () => video.getStartDate?.().getTime() + video.currentTime * 1000 || null,
    isLost: () => false,
    latency_ms: () => null,
    behind_ms: () => Math.max(0, (edge_s() - video.currentTime) * 1000 - FAR_MS),
    jump: () => {
      video.currentTime = edge_s();
      start(video);
    },
    count: () => 1,
    isLow: () => false,
    save: () => undefined,
  };
}

function choose(video) {
  if (Hls.isSupported()) return playByScript;
  return video.canPlayType("application/vnd.apple.mpegurl") ? playNatively : null;
}

function open(video, source, settings, tell) {
  tell("loading");
  const playIt = choose(video);
  if (playIt === null) {
    tell("unsupported");
    return null;
  }
  const address = keepAddress(source.url, source.good_s, source.from);
  video.addEventListener("playing", () => tell("playing"));
  const player = playIt(video, address, settings, tell);
  const stop = () => {
    address.stop();
    player.stop();
  };
  return { ...player, stop };
}

/** Where a <video> says that its picture is: `data-video`, `data-video-good`, `data-video-from`. */
export const readSource = (video) => ({
  url: new URL(video.dataset.video, location.href).href,
  good_s: Number(video.dataset.videoGood),
  from: video.dataset.videoFrom,
});

/** Play what is on air, small and without haste; `null` where the browser cannot. */
export const playSmall = (video, source) => open(video, source, SMALL, () => {});

/** Play what was recorded; `null` where the browser cannot. */
export const playAgain = (video, source, tell = () => {}) => {
  video.addEventListener("waiting", () => tell("waiting"));
  return open(video, source, REPLAY, tell);
};

/** Play what is on air; `onLook` is told twice a second how it goes. `null` where the browser cannot. */
export function play(video, source, tell = () => {}, onLook = () => {}) {
  const player = open(video, source, LIVE, tell);
  if (player === null) return null;
  let at_s = 0;
  const looking = setInterval(() => {
    const stands = video.currentTime === at_s && !video.paused;
    at_s = video.currentTime;
    if (stands) tell(player.isLost() ? "lost" : "waiting");
    else if (!video.paused && video.readyState > 2) tell("playing");
    if (!video.paused && player.behind_ms() > TOO_FAR_MS) player.jump();
    onLook({
      isFar: player.behind_ms() > FAR_MS,
      shown_at: player.shownAt(),
      latency_ms: player.latency_ms(),
      hasChoice: player.count() > 1,
      isLow: player.count() > 1 && player.isLow(),
    });
  }, LOOK_MS);
  const stop = () => {
    clearInterval(looking);
    player.stop();
  };
  return { ...player, stop };
}
