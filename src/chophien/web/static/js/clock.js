// Countdowns by the server's clock: `<time data-until="…">` shows how long it is until then.
// At zero the element tells the page (event "over"), which reads its state anew.

const told = Date.parse(document.documentElement.dataset.serverNow);
const heard = performance.now();

/** The server's time now, in milliseconds; the device's own clock does not matter. */
export const now = () => told + (performance.now() - heard);

const pad = (number) => String(number).padStart(2, "0");

/** `95 s` → `01:35`, from an hour on `1:01:35`, from a day on days and hours in the page's words. */
export function render(left_ms) {
  const whole = Math.max(0, Math.ceil(left_ms / 1000));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h >= 24) {
    const parts = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "day", unitDisplay: "long" });
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

/** Count down every `[data-until]` of the page, also those that come later. */
export function tick() {
  const all = () => document.querySelectorAll("[data-until]").forEach(show);
  all();
  setInterval(all, 1000);
}
