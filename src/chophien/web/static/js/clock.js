// Countdowns by the server's clock: `<time data-until="…">` shows how long it is until then.
// At zero the element tells the page (event "over"), which reads its state anew.
// `<time data-now>` shows what time it is at the fair.

const root = document.documentElement;
const told = Date.parse(root.dataset.serverNow);
// The page says what time it was when it was made: that is when its first byte came, not when
// its scripts had come, which on a slow line is seconds later.
const made = performance.getEntriesByType("navigation")[0]?.responseStart || performance.now();
const JUMP_MS = 1500;
const AGAIN_MS = 4000;

// From this page's own stop watch to the server's time.
let ahead = told - made;
// From the stop watch to the device's clock: it changes when the device slept, since the stop
// watch may stand still then, and when somebody sets the clock.
let apart = Date.now() - performance.now();
let asking = null;

/** The server's time now, in milliseconds; the device's own clock does not matter. */
export const now = () => ahead + performance.now();

/** Ask the server what time it is; half of the way there and back is taken off. */
export function sync() {
  const sent = performance.now();
  asking ??= fetch(root.dataset.timeFrom, { cache: "no-store" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))))
    .then((clock) => {
      ahead = Date.parse(clock.now) - (sent + performance.now()) / 2;
      asking = null;
    })
    .catch(() => new Promise((done) => setTimeout(done, AGAIN_MS)).then(() => ((asking = null), sync())));
  return asking;
}

function watchForSleep() {
  const found = Date.now() - performance.now();
  if (Math.abs(found - apart) > JUMP_MS) sync();
  apart = found;
}

const pad = (number) => String(number).padStart(2, "0");

/** `95 s` → `01:35`, from an hour on `1:01:35`, from a day on days and hours in the page's words. */
export function render(left_ms) {
  const whole = Math.max(0, Math.ceil(left_ms / 1000));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h >= 24) {
    const parts = new Intl.NumberFormat(root.lang, { style: "unit", unit: "day", unitDisplay: "long" });
    return `${parts.format(Math.floor(h / 24))} ${h % 24}:${pad(m)}`;
  }
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${pad(m)}:${pad(s)}`;
}

function show(element) {
  const left_ms = Date.parse(element.dataset.until) - now();
  element.textContent = render(left_ms);
  if (left_ms <= 0 && !element.dataset.over) {
    element.dataset.over = "yes";
    element.dispatchEvent(new CustomEvent("over", { bubbles: true }));
  }
}

const local = new Intl.DateTimeFormat("en-GB", {
  ...{ day: "2-digit", month: "2-digit", year: "numeric" },
  ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  timeZone: "Asia/Ho_Chi_Minh",
});

function tell(element) {
  element.textContent = local.format(now()).replace(",", "");
}

/** Count down every `[data-until]` of the page, also those that come later. */
export function tick() {
  const all = () => {
    watchForSleep();
    document.querySelectorAll("[data-until]").forEach(show);
    document.querySelectorAll("[data-now]").forEach(tell);
  };
  all();
  setInterval(all, 1000);
  // A page that comes out of the browser's memory is as old as when it went in.
  addEventListener("pageshow", ({ persisted }) => persisted && sync());
  addEventListener("online", sync);
  if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") sync();
}
