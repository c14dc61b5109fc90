// How finely the picture is sent: less when the line does not take it, more again when it does.
// A recorder cannot change its rate, so each step is a new recorder; that is why steps are few.
export const STEPS_BPS = [2_500_000, 1_500_000, 900_000, 500_000];
const THIN_S = 1.5; // so much media waiting is more than a hiccup
const HOPELESS_S = 8; // what waits is too old to be worth sending: begin anew, viewers see the slate
const CALM_S = 0.4;
const SETTLE_MS = 4000; // a new rate needs that long to show
const CALM_MS = [20_000, 60_000, 180_000]; // a rate that failed is tried again later and later

export class Rates {
  constructor() {
    this.step = 0;
    this.changedAt = -Infinity;
    this.calmSince = null;
    this.failures = 0;
  }

  get bps() {
    return STEPS_BPS[this.step];
  }

  /** What to do with so many bytes waiting: "lower", "higher", "anew", or null for nothing. */
  look(waiting_bytes, now_ms) {
    const waiting_s = (waiting_bytes * 8) / this.bps;
    if (waiting_s > HOPELESS_S) return this.#change(Math.min(this.step + 1, STEPS_BPS.length - 1), now_ms, "anew");
    if (waiting_s > CALM_S) this.calmSince = null;
    else this.calmSince ??= now_ms;
    if (now_ms - this.changedAt < SETTLE_MS) return null;
    if (waiting_s > THIN_S && this.step < STEPS_BPS.length - 1) {
      this.failures += 1;
      return this.#change(this.step + 1, now_ms, "lower");
    }
    const patience = CALM_MS[Math.min(Math.max(this.failures - 1, 0), CALM_MS.length - 1)];
    if (this.step > 0 && this.calmSince !== null && now_ms - this.calmSince >= patience) {
      return this.#change(this.step - 1, now_ms, "higher");
    }
    return null;
  }

  #change(step, now_ms, what) {
    this.step = step;
    this.changedAt = now_ms;
    this.calmSince = null;
    return what;
  }
}
