// Money and counts as people write them; the same form as the server's.

const lang = document.documentElement.lang;
const CURRENCIES = {
  VND: { exponent: 0, write: (number) => `${number} ₫` },
  CNY: { exponent: 2, write: (number) => `¥ ${number}` },
  USD: { exponent: 2, write: (number) => `$ ${number}` },
};

/** `199000` → `199.000 ₫`: dots for the đồng in every language. */
export function money(amount_minor, code = "VND") {
  const { exponent, write } = CURRENCIES[code];
  const locale = exponent === 0 || lang === "vi" ? "de-DE" : "en-US"; // grouping alone is meant
  const number = new Intl.NumberFormat(locale, { minimumFractionDigits: exponent, maximumFractionDigits: exponent });
  return write(number.format(amount_minor / 10 ** exponent));
}

/** A short form for axes: `1,2 Tr`, `1.2M`, `120万`. */
export const brief = (amount) => new Intl.NumberFormat(lang, { notation: "compact", maximumFractionDigits: 1 }).format(amount);

export const count = (number) => new Intl.NumberFormat(lang).format(number);
