// The hot lane, asked until it answers: one press is one key, and one key makes one order at most,
// however often it is sent. The key is kept until an answer came, so that a page that was loaded
// anew asks with the same one.
import { now } from "./clock.js";

const KEPT = "buy-now";
// A press is asked for again by itself this long; later a person looks first what became of it.
const KEPT_MS_MAX = 120_000;
const ANSWER_MS_MAX = 8000;
const TRIES_MAX = 7;
const BACKOFF_MS = 400;
const BACKOFF_MS_MAX = 6000;
const CROWD_MS_MAX = 90_000;
// The lane's clock may be a little behind the page's: an opening this near is waited for.
const EARLY_MS_MAX = 5000;

/** A key that no other press has: UUIDv7, random but for the time in front. */
export function makeKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const at_ms = BigInt(Math.floor(performance.timeOrigin + performance.now()));
  for (let index = 0; index < 6; index += 1) bytes[index] = Number((at_ms >> BigInt(8 * (5 - index))) & 255n);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Keep a press that has no answer yet. */
export function keep(press) {
  sessionStorage.setItem(KEPT, JSON.stringify({ ...press, pressed_ms: press.pressed_ms ?? Date.now() }));
}

/** The press that has no answer yet; `isOld` when nobody expects it to be sent any more. */
export function findKept() {
  const press = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  return press && { ...press, isOld: Date.now() - press.pressed_ms > KEPT_MS_MAX };
}

export const forget = () => sessionStorage.removeItem(KEPT);

const sleep = (wait_ms) => new Promise((done) => setTimeout(done, wait_ms));
const around = (wait_ms) => wait_ms * (0.6 + 0.8 * Math.random());

/** Send it once; no answer, one that is not the lane's, and one that does not know are the same. */
async function send(address, press, pass, isRetry) {
  const { key, sku, quantity, due, show, ticket } = press;
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ pass, key, sku, quantity, due, show: show ?? null, ticket: ticket ?? null, retry: isRetry }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const told = await answer.json();
    return ["unknown", "error", undefined].includes(told.outcome) ? { outcome: "none" } : told;
  } catch {
    return { outcome: "none" };
  }
}

/** How long to wait before the same press is sent again; null: this is the answer. */
function findPause(told, round) {
  switch (told.outcome) {
    case "none":
      return round.failures < TRIES_MAX ? around(Math.min(BACKOFF_MS * 2 ** round.failures, BACKOFF_MS_MAX)) : null;
    case "busy":
    case "too_many":
      return performance.now() < round.until_ms ? (told.retry_after_ms ?? BACKOFF_MS) + Math.random() * 400 : null;
    case "closed": {
      const left_ms = Date.parse(told.opens_at ?? "") - now();
      return left_ms < EARLY_MS_MAX && round.early < TRIES_MAX ? Math.max(left_ms, 0) + 60 + Math.random() * 90 : null;
    }
    case "bad_pass":
      return round.renewals === 0 ? 0 : null;
    default:
      return null;
  }
}

const DECIDED = new Set(["confirmed", "sold_out", "limit_reached", "price_changed", "closed", "key_reused", "not_admitted"]);

/** The last word: after a try without an answer, only the lane's own decision says what is so. */
function conclude(told, round) {
  const isSure = round.failures === 0 || DECIDED.has(told.outcome);
  if (!isSure) return { outcome: "lost" };
  return ["busy", "too_many"].includes(told.outcome) ? { outcome: "crowded" } : told;
}

/**
 * Ask until there is an answer, or no more sense in asking: then `lost`, and the press stays kept,
 * or `crowded`. `getPass(isFresh)` gives the pass, or throws with what was `told` instead;
 * `tell(outcome, wait_ms)` hears of every pause.
 */
export async function ask(address, press, getPass, tell) {
  const round = { failures: 0, early: 0, renewals: 0, until_ms: performance.now() + CROWD_MS_MAX };
  if (press.isAgain) round.failures = 1;
  for (;;) {
    let told;
    try {
      const pass = await getPass(round.renewals > 0);
      told = await send(address, press, pass, round.failures > 0);
    } catch (fault) {
      told = fault.told ?? { outcome: "none" };
    }
    const wait_ms = findPause(told, round);
    if (wait_ms === null) {
      const last = conclude(told, round);
      if (last.outcome !== "lost") forget();
      return last;
    }
    if (told.outcome === "none") round.failures += 1;
    if (told.outcome === "closed") round.early += 1;
    if (told.outcome === "bad_pass") round.renewals += 1;
    tell(round.failures > 0 ? "none" : told.outcome, wait_ms);
    await sleep(wait_ms);
  }
}
