// Camera and microphone: opening, choosing, cutting to upright, and how loud it is.
const WIDTH = 720;
const HEIGHT = 1280;
const RATE_HZ = 30;
// Cameras are asked for as they are built, on their side: phones turn the picture by themselves.
const PICTURE = { width: { ideal: HEIGHT }, height: { ideal: WIDTH }, frameRate: { ideal: RATE_HZ, max: RATE_HZ } };
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const WORDS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "in_use",
  AbortError: "in_use",
};

export class SourceError extends Error {
  constructor(word) {
    super(word);
    this.word = word;
  }
}

/** Open a camera and a microphone; `wish` may hold {cameraId, micId, facing}. */
export async function openSource({ cameraId, micId, facing = "user" } = {}) {
  if (!globalThis.isSecureContext || !navigator.mediaDevices?.getUserMedia) throw new SourceError("insecure");
  const video = { ...PICTURE, ...(cameraId ? { deviceId: { exact: cameraId } } : { facingMode: facing }) };
  const audio = { ...SOUND, ...(micId ? { deviceId: { exact: micId } } : {}) };
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio });
  } catch (fault) {
    throw new SourceError(WORDS[fault.name] ?? "in_use");
  }
}

export async function listDevices() {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind) => all.filter((each) => each.kind === kind && each.deviceId);
  return { video: of("videoinput"), audio: of("audioinput") };
}

export function close(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Whether she sees herself: then the preview is a mirror. */
export function isFront(stream) {
  return (stream.getVideoTracks()[0]?.getSettings().facingMode ?? "user") === "user";
}

/**
 * The stream that is sent: the camera's own when it is upright, else its middle, cut to 9:16.
 * `onTurn` is called when the camera's picture changes between the two.
 */
export class Upright {
  constructor(source, onTurn) {
    this.source = source;
    this.eye = document.createElement("video");
    Object.assign(this.eye, { muted: true, playsInline: true, srcObject: source });
    this.onTurn = onTurn;
  }

  async open() {
    await this.eye.play();
    this.isUpright = this.eye.videoHeight > this.eye.videoWidth;
    this.eye.addEventListener("resize", () => {
      if (this.eye.videoHeight > this.eye.videoWidth !== this.isUpright) this.onTurn();
    });
    if (this.isUpright) return this.source;
    const canvas = document.createElement("canvas");
    const scale = Math.min(1, this.eye.videoHeight / HEIGHT);
    canvas.width = Math.round((WIDTH * scale) / 2) * 2;
    canvas.height = Math.round((HEIGHT * scale) / 2) * 2;
    this.pen = canvas.getContext("2d", { alpha: false, desynchronized: true });
    this.#draw();
    const [picture] = canvas.captureStream(RATE_HZ).getVideoTracks();
    this.cut = new MediaStream([picture, ...this.source.getAudioTracks()]);
    return this.cut;
  }

  #draw() {
    if (this.isClosed) return;
    const { videoWidth, videoHeight } = this.eye;
    const { width, height } = this.pen.canvas;
    const wide = Math.min(videoWidth, (videoHeight * width) / height);
    this.pen.drawImage(this.eye, (videoWidth - wide) / 2, 0, wide, videoHeight, 0, 0, width, height);
    if (this.eye.requestVideoFrameCallback) this.eye.requestVideoFrameCallback(() => this.#draw());
    else setTimeout(() => this.#draw(), 1000 / RATE_HZ);
  }

  close() {
    this.isClosed = true;
    for (const track of this.cut?.getVideoTracks() ?? []) track.stop();
    this.eye.srcObject = null;
  }
}
