// The line to the media server: one WebSocket after another, one recorder after another.
// The protocol is in docs/reference/publishing.md.
import { buildOptions } from "./camera_codecs.js";
import { Rates } from "./camera_rates.js";

const SLICE_MS = 250;
const LOOK_MS = 500;
const DEAF_MS = 6000; // the server speaks twice a second
const BARREN_MS = 6000; // a recorder that gives nothing for so long has stopped in secret
const PING_MS = 4000;
const WAITS_MS = [300, 700, 1500, 3000, 4000];
const WAITS_FOR_TICKET = 2;
// Close codes after which coming again by itself makes no sense, and the word for each.
const FINAL = { 4400: "fault", 4403: "refused", 4404: "refused", 4409: "taken_over", 4410: "ended", 4423: "held" };
const REASONS = { over: "over", not_yet: "not_yet", ai_host: "ai_host", program_ended: "ended", stopped: "refused" };

export class Line {
  /** `tell` hears {kind: "state" | "report" | "word", …}; `fetchTicket` gives one or throws. */
  constructor({ address, fetchTicket, types, tell }) {
    Object.assign(this, { address, fetchTicket, types, tell });
    this.wanted = "off"; // "live", "paused", "stopping"
    this.rates = new Rates();
    this.epoch = -1;
    this.stream = null;
    this.socket = null;
    this.recorder = null;
    this.failures = 0;
    this.badTickets = 0;
    addEventListener("online", () => this.#connectSoon(0));
    setInterval(() => this.#look(), LOOK_MS);
  }

  get type() {
    return this.types[0];
  }

  async goLive(stream) {
    this.stream = stream;
    this.wanted = "live";
    this.failures = this.badTickets = 0;
    if (this.#isOpen()) await this.#record();
    else await this.#connect();
  }

  /** Record something else: `make` gives the new stream once the old one is let go. */
  async swap(make) {
    const wasLive = this.wanted === "live";
    this.isSwapping = true;
    try {
      await this.#stopRecorder();
      this.stream = await make();
    } finally {
      this.isSwapping = false;
    }
    if (wasLive && this.wanted === "live" && this.#isOpen()) await this.#record();
  }

  async pause() {
    this.wanted = "paused";
    await this.#stopRecorder();
    this.#say({ type: "pause" });
  }

  /** End the show; `goLive` within the time to undo takes it back. */
  async stop() {
    this.wanted = "stopping";
    await this.#stopRecorder();
    this.#say({ type: "stop" });
  }

  off() {
    this.wanted = "off";
    this.#stopRecorder();
    this.#drop();
  }

  async #connect() {
    if (this.socket || this.wanted === "off") return;
    const socket = (this.socket = { isWaiting: true });
    let ticket;
    try {
      ticket = await this.fetchTicket();
    } catch (fault) {
      this.socket = null;
      if (fault.word) this.#fail(fault.word);
      else this.#away();
      return;
    }
    if (this.socket === socket) this.#open(ticket);
  }

  #open(ticket) {
    const socket = (this.socket = new WebSocket(this.address));
    this.sent = this.received = 0;
    this.heardAt = performance.now();
    socket.addEventListener("open", async () => {
      this.epoch += 1;
      this.#say({ type: "hello", ticket, mime: this.type.mime, epoch: this.epoch });
      if (this.wanted === "live") await this.#record({ isFirst: true });
      else if (this.wanted === "paused") this.#say({ type: "pause" });
      else if (this.wanted === "stopping") this.#say({ type: "stop" });
    });
    socket.addEventListener("message", ({ data }) => this.socket === socket && this.#hear(JSON.parse(data)));
    socket.addEventListener("close", ({ code, reason }) => this.socket === socket && this.#onClose(code, reason));
  }

  #hear(report) {
    this.heardAt = performance.now();
    this.received = report.received_bytes;
    if (report.state === "live") this.failures = this.badTickets = 0;
    this.tell({ kind: "report", ...report, waiting_bytes: this.#countWaiting(), wanted_bps: this.rates.bps });
  }

  #onClose(code, reason) {
    this.socket = null;
    this.#stopRecorder({ isLost: true });
    if (this.wanted === "off") return;
    if (this.wanted === "stopping" && code === 4410) this.#fail("ended");
    else if (code === 4415 && this.types.length > 1) this.#tryNextType();
    else if (code === 4415) this.#fail("unfit");
    else if (code === 4401 && (this.badTickets += 1) > WAITS_FOR_TICKET) this.#fail("log_in");
    else if (FINAL[code]) this.#fail(REASONS[reason] ?? (code === 4410 ? "refused" : FINAL[code]));
    else this.#away(code === 4503 ? "busy" : undefined);
  }

  #tryNextType() {
    this.types = this.types.slice(1);
    this.tell({ kind: "type", type: this.type });
    this.#away();
  }

  #fail(word) {
    this.wanted = "off";
    this.tell({ kind: "state", state: "failed", word });
  }

  #away(word = "away") {
    this.tell({ kind: "state", state: "away", word });
    this.#connectSoon(WAITS_MS[Math.min(this.failures, WAITS_MS.length - 1)]);
    this.failures += 1;
  }

  #connectSoon(wait_ms) {
    clearTimeout(this.timer);
    if (this.wanted !== "off" && !this.socket) this.timer = setTimeout(() => this.#connect(), wait_ms);
  }

  async #record({ isFirst = false } = {}) {
    await this.#stopRecorder();
    if (!this.#isOpen() || this.wanted !== "live") return;
    if (!isFirst) {
      this.epoch += 1;
      this.#say({ type: "epoch", epoch: this.epoch, mime: this.type.mime });
    }
    const socket = this.socket;
    let recorder;
    try {
      recorder = new MediaRecorder(this.stream, buildOptions(this.type, this.rates.bps));
      recorder.start(SLICE_MS);
    } catch {
      this.#fail("recorder");
      return;
    }
    this.recorder = recorder;
    this.gaveAt = performance.now();
    recorder.addEventListener("dataavailable", ({ data }) => {
      if (data.size === 0 || socket !== this.socket || socket.readyState !== WebSocket.OPEN) return;
      this.gaveAt = performance.now();
      this.sent += data.size;
      socket.send(data);
    });
    recorder.addEventListener("error", () => this.recorder === recorder && this.#recordAgain());
    this.tell({ kind: "state", state: "live", word: "live" });
  }

  #recordAgain() {
    this.barren = (this.barren ?? 0) + 1;
    if (this.barren > 3) this.#fail("recorder");
    else this.#record();
  }

  // What a recorder still holds goes out before anything else does.
  async #stopRecorder({ isLost = false } = {}) {
    const recorder = this.recorder;
    this.recorder = null;
    if (!recorder || recorder.state === "inactive") return;
    const stopped = new Promise((done) => recorder.addEventListener("stop", done, { once: true }));
    recorder.stop();
    if (!isLost) await stopped;
  }

  #look() {
    const now = performance.now();
    if (!this.#isOpen()) return;
    if (now - this.heardAt > DEAF_MS) return this.#anew();
    if (this.wanted !== "live") {
      if (now - (this.pingedAt ?? 0) > PING_MS) this.#say({ type: "ping" });
      return;
    }
    if (!this.recorder || this.isSwapping) return;
    if (now - this.gaveAt > BARREN_MS) return this.#recordAgain();
    this.barren = now - this.gaveAt < LOOK_MS ? 0 : this.barren;
    const what = this.rates.look(this.#countWaiting(), now);
    if (what === "anew") this.#anew();
    else if (what !== null) {
      this.#record();
      this.tell({ kind: "word", word: what });
    }
  }

  // What waits is thrown away with the connection.
  #anew() {
    this.#stopRecorder({ isLost: true });
    this.#drop();
    this.#away();
  }

  #drop() {
    const socket = this.socket;
    this.socket = null;
    if (socket?.close) socket.close();
  }

  #countWaiting() {
    return Math.max(this.sent - this.received, this.socket?.bufferedAmount ?? 0);
  }

  #isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  #say(word) {
    this.pingedAt = performance.now();
    if (this.#isOpen()) this.socket.send(JSON.stringify(word));
  }
}
