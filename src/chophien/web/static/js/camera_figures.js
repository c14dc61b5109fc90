// Figures of a line, as people read them in their language.
const locale = document.documentElement.lang;
const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

export function showBits(bps) {
  return bps >= 1_000_000 ? `${number.format(bps / 1_000_000)} Mbit/s` : `${number.format(Math.round(bps / 1000))} kbit/s`;
}

export function showBytes(bytes) {
  return bytes >= 1_000_000 ? `${number.format(bytes / 1_000_000)} MB` : `${number.format(Math.round(bytes / 1000))} kB`;
}

/** How long ago an instant was, as 12:03 or 1:12:03. */
export function showAge(since_ms, now_ms) {
  const seconds = Math.max(0, Math.floor((now_ms - since_ms) / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value) => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
