// The pass that says who buys: fetched as soon as address and payment are chosen, renewed before it
// ends as long as the page is looked at, so that a press waits for nothing.

const RENEW_AT = 0.75; // of its life
const kept = new Map();

/** Why there is no pass, in the form of the lane's answers. */
class NoPassError extends Error {
  constructor(told) {
    super(told.outcome);
    this.told = told;
  }
}

async function fetchPass(address, body) {
  const answer = await fetch(address, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  const told = await answer?.json().catch(() => ({ outcome: answer.status < 500 ? "stale" : "none" }));
  // What the lane knows nothing of: no line, logged out, an address that was removed.
  if (!answer?.ok) throw new NoPassError(told ?? { outcome: "none" });
  return { text: told.pass, life_ms: told.lives_s * 1000, made_ms: performance.now() };
}

/** A pass for the choices in `fields` (token, address, method); `isFresh`: not the one kept. */
export async function getPass(address, fields, isFresh = false) {
  const name = `${fields.address}/${fields.method}`;
  const known = kept.get(name);
  const age_ms = known ? performance.now() - known.made_ms : 0;
  if (known && !isFresh && age_ms < known.life_ms * 0.95) return known.text;
  const body = new FormData();
  for (const [field, value] of Object.entries(fields)) body.set(field, value);
  const pass = await fetchPass(address, body);
  kept.set(name, pass);
  return pass.text;
}

/** Whether the pass for these choices should be renewed by now. */
export function isDue({ address, method }) {
  const known = kept.get(`${address}/${method}`);
  return known === undefined || performance.now() - known.made_ms > known.life_ms * RENEW_AT;
}
