// What a camera's page does all the while: keeps the screen awake, and listens whether she is heard.
const LEVEL_MS = 120;
const QUIET_LEVEL = 4;
const QUIET_MS = 12_000;
let awake = null;
let isWanted = false;

/** Keep the screen on from now on, also after the page was away for a moment. */
export async function keepAwake() {
  isWanted = true;
  if (awake || !navigator.wakeLock || document.hidden) return;
  try {
    awake = await navigator.wakeLock.request("screen");
    awake.addEventListener("release", () => (awake = null));
  } catch {
    awake = null; // a battery that is nearly empty: the phone decides
  }
}

document.addEventListener("visibilitychange", () => isWanted && keepAwake());

/** How loud a stream is, 0 to 100; null while the browser does not say (before a first tap). */
class Loudness {
  constructor() {
    const Context = globalThis.AudioContext ?? globalThis.webkitAudioContext;
    this.context = Context ? new Context() : null;
    document.addEventListener("pointerdown", () => this.context?.resume(), { passive: true });
  }

  listenTo(stream) {
    this.node?.disconnect();
    if (!this.context || stream.getAudioTracks().length === 0) return;
    this.node = this.context.createMediaStreamSource(new MediaStream(stream.getAudioTracks()));
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.node.connect(this.analyser);
    this.samples = new Float32Array(this.analyser.fftSize);
  }

  read() {
    if (!this.analyser || this.context.state !== "running") return null;
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, each) => sum + each * each, 0) / this.samples.length;
    const level_db = 10 * Math.log10(power + 1e-10);
    return Math.round(Math.min(100, Math.max(0, ((level_db + 60) / 60) * 100)));
  }
}

/** Show the loudness in a `<meter>`; `onQuiet` is called once when nothing was heard for long. */
export function watchLoudness(meter, isMuted, onQuiet) {
  const loudness = new Loudness();
  let quietSince = null;
  setInterval(() => {
    const level = loudness.read();
    meter.value = level ?? 0;
    if (level === null || level > QUIET_LEVEL || isMuted()) quietSince = null;
    else quietSince ??= performance.now();
    if (quietSince !== null && performance.now() - quietSince > QUIET_MS) {
      onQuiet();
      quietSince = Infinity;
    }
  }, LEVEL_MS);
  return loudness;
}
