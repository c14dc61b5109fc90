// Addresses of video are signed and end after an hour or two. Before that another one is asked
// for, and what a player wants by the old one is fetched by the new one: nobody notices.
const FOLDER = /(\/video\/(?:live|replay)\/\d+\/)[^/]+(?=\/)/;
const EARLY_MS = 600000; // renewed up to ten minutes early, each page at its own moment
const AGAIN_MS = 4000;

const findGrant = (url) => url.match(FOLDER)?.[0] ?? "";

/** Keep `url` good, which is so for `good_s` seconds; `from` gives another. */
export function keepAddress(url, good_s, from) {
  let current = url;
  let timer = 0;
  const plan = (good_ms) => {
    clearTimeout(timer);
    timer = setTimeout(renew, Math.max(AGAIN_MS, good_ms - EARLY_MS * (0.2 + 0.8 * Math.random())));
  };
  async function renew() {
    try {
      const answer = await fetch(from, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      const told = await answer.json();
      current = new URL(told.url, location.href).href;
      plan(told.good_s * 1000);
    } catch {
      plan(AGAIN_MS + EARLY_MS);
    }
    return current;
  }
  plan(good_s * 1000);
  return {
    get url() {
      return current;
    },
    /** The same file by an address that is good now. */
    of: (wanted) => wanted.replace(FOLDER, findGrant(current) || "$&"),
    renew,
    stop: () => clearTimeout(timer),
  };
}
