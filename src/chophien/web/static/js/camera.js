// The host's camera: she sees herself, presses one button, and is on air.
import { listTypes } from "./camera_codecs.js";
import { Line } from "./camera_line.js";
import { close, isFront, listDevices, openSource, Upright } from "./camera_source.js";
import { fetchTicket, findAddress } from "./camera_door.js";
import { keepAwake, watchLoudness } from "./camera_care.js";
import { showAge, showBits, showBytes } from "./camera_figures.js";
import { now } from "./clock.js";
import { refresh } from "./fresh.js";
import { talk } from "./hub.js";

const page = document.querySelector("[data-camera]");
const find = (name) => page.querySelector(`[data-${name}]`);
const UNDO_S = 10;

let source = null; // what the browser gives
let upright = null; // what is cut from it
let stream = null; // what is sent
let line = null;
let wish = {};
let onAirSince = null;
let stopTimer = 0;
const isMuted = () => find("mute").getAttribute("aria-pressed") === "true";
const loudness = watchLoudness(find("level"), isMuted, () => say("quiet"));

// ---- words and states

function show(place, word) {
  for (const each of place.querySelectorAll("[data-word]")) each.hidden = each.dataset.word !== word;
  place.hidden = !word;
}

function say(word) {
  show(find("say"), word);
}

function fail(word) {
  show(find("fault"), word);
  if (word) say(null);
}

const CHIPS = { asking: "ready", ready: "ready", connecting: "ready", live: "live", away: "slate", paused: "slate", stopping: "slate" };

function turnTo(state, word = state) {
  page.dataset.state = state;
  const isRunning = ["live", "away", "paused", "connecting"].includes(state);
  for (const chip of page.querySelectorAll("[data-chip]")) chip.hidden = chip.dataset.chip !== (CHIPS[state] ?? "over");
  find("go").hidden = isRunning || state === "stopping";
  find("go").disabled = !stream;
  find("stop").hidden = !isRunning;
  find("undo").hidden = state !== "stopping";
  find("pause").disabled = !["live", "away", "paused"].includes(state);
  find("figures").hidden = !isRunning;
  press(find("pause"), state === "paused");
  if (state !== "failed") fail(null);
  say(state === "ready" ? null : word);
  if (isRunning) keepAwake();
}

function press(button, isPressed) {
  button.setAttribute("aria-pressed", String(isPressed));
  for (const each of button.querySelectorAll("[data-when]")) each.hidden = (each.dataset.when === "on") !== isPressed;
}

function stopWith(word) {
  clearInterval(stopTimer);
  if (word === "ended") turnTo("ended");
  else if (word === "not_yet") turnTo("failed", "not_yet");
  else {
    turnTo("failed", null);
    fail(word);
    if (word === "refused") refresh(1);
  }
}

// ---- camera and microphone

async function open() {
  upright?.close();
  close(source);
  source = upright = stream = null;
  source = await openSource(wish);
  upright = new Upright(source, onTurned);
  stream = await upright.open();
  for (const track of source.getVideoTracks()) track.addEventListener("ended", () => say("interrupted"));
  for (const track of source.getAudioTracks()) track.enabled = !isMuted();
  find("view").srcObject = stream;
  find("view").classList.toggle("is-mirrored", isFront(source));
  loudness.listenTo(source);
  await offerDevices();
  return stream;
}

async function start() {
  turnTo("asking");
  fail(null);
  try {
    if (listTypes().length === 0) throw Object.assign(new Error("no recorder"), { word: "codec" });
    await open();
    turnTo("ready");
  } catch (fault) {
    turnTo("failed", null);
    fail(fault.word ?? "in_use");
  }
}

/** Take other devices, on air or not. */
async function change(newWish, word) {
  wish = { ...wish, ...newWish };
  const make = async () => {
    try {
      return await open();
    } catch (fault) {
      wish = {};
      fail(fault.word ?? "in_use");
      return open();
    }
  };
  if (line) await line.swap(make);
  else await make();
  if (word) say(word);
}

// The phone was turned: the same camera gives a picture of another shape.
async function onTurned() {
  await change({}, upright?.isUpright ? null : "sideways");
}

async function offerDevices() {
  const devices = await listDevices();
  for (const kind of ["video", "audio"]) {
    const choice = page.querySelector(`[data-choose="${kind}"]`);
    const current = source.getTracks().find((each) => each.kind === kind)?.getSettings().deviceId;
    choice.replaceChildren(...devices[kind].map(({ deviceId, label }, index) => new Option(label || `${index + 1}`, deviceId, false, deviceId === current)));
    choice.disabled = devices[kind].length === 0;
  }
  find("turn").disabled = devices.video.length < 2;
  find("mute").disabled = devices.audio.length === 0;
}

function turnCamera() {
  const all = [...page.querySelector('[data-choose="video"]').options].map((each) => each.value);
  const current = source?.getVideoTracks()[0]?.getSettings() ?? {};
  const facing = current.facingMode === "user" ? "environment" : "user";
  if (current.facingMode) return change({ cameraId: undefined, facing }, "turned");
  return change({ cameraId: all[(all.indexOf(current.deviceId) + 1) % all.length] }, "turned");
}

// ---- on air

const TOLD = {
  state: ({ state, word }) => (state === "failed" ? stopWith(word) : onLine(state, word)),
  word: ({ word }) => say(word),
  type: ({ type }) => showType(type),
  report: onReport,
};

function onLine(state, word) {
  if (state === "away" && page.dataset.state === "connecting") fail(word === "busy" ? "busy" : "no_line");
  else if (state === "away" && page.dataset.state !== "live") return;
  else if (state === "live") fail(null);
  if (state === "away") turnTo("away", word);
}

function onReport(report) {
  onAirSince = report.on_air_since ? Date.parse(report.on_air_since) : null;
  find("rate").textContent = showBits(report.bitrate_bps);
  find("waiting").textContent = showBytes(report.waiting_bytes);
  page.dataset.epochs = report.epochs;
  page.dataset.program = report.state;
  find("age").textContent = onAirSince ? showAge(onAirSince, now()) : "0:00";
  if (report.state === "live" && ["connecting", "away"].includes(page.dataset.state)) turnTo("live");
}

function showType(type) {
  find("codec").hidden = false;
  find("codec-name").textContent = type.name;
  find("transcoded").hidden = !type.isTranscoded;
}

async function goLive() {
  clearInterval(stopTimer);
  turnTo("connecting");
  line ??= new Line({ address: findAddress(page.dataset), fetchTicket: () => fetchTicket(page), types: listTypes(), tell: (what) => TOLD[what.kind](what) });
  await line.goLive(stream);
}

async function pauseOrGoOn() {
  if (page.dataset.state === "paused") return goLive();
  await line.pause();
  turnTo("paused");
}

async function stop() {
  await line.stop();
  turnTo("stopping");
  let left = UNDO_S;
  find("left").textContent = left;
  find("undo").focus();
  stopTimer = setInterval(() => {
    left -= 1;
    find("left").textContent = Math.max(left, 0);
    if (left < -5) {
      line.off();
      stopWith("ended"); // the server was not heard: it ends by itself
    }
  }, 1000);
}

function mute() {
  press(find("mute"), !isMuted());
  for (const track of source?.getAudioTracks() ?? []) track.enabled = !isMuted();
  say(isMuted() ? "muted" : "unmuted");
}

// ---- all the time

// Phones stop the camera of a page that is not seen; it is opened again when it is.
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !source) return;
  if (source.getVideoTracks().some((each) => each.readyState === "ended")) change({}, null);
});

addEventListener("beforeunload", (event) => {
  if (["live", "away", "paused"].includes(page.dataset.state)) event.preventDefault();
});

find("go").addEventListener("click", goLive);
find("stop").addEventListener("click", stop);
find("undo").addEventListener("click", goLive);
find("pause").addEventListener("click", pauseOrGoOn);
find("mute").addEventListener("click", mute);
find("turn").addEventListener("click", turnCamera);
find("again").addEventListener("click", () => (stream ? goLive() : start()));
for (const choice of page.querySelectorAll("[data-choose]")) {
  const key = choice.dataset.choose === "video" ? "cameraId" : "micId";
  choice.addEventListener("change", () => change({ [key]: choice.value }, null));
}
talk(page.dataset.room, ({ watching }) => {
  if (watching === undefined) return;
  find("watching").hidden = false;
  find("watching-count").textContent = Math.max(watching - 1, 0); // this page listens, too
});
const [best] = listTypes();
if (best) showType(best);
start();
