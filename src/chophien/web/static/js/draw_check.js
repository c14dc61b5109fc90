// Works a published draw out again on this device, as `chophien verify-draw` does, and holds it
// against what the device noted while the draw was on.
const words = document.querySelector("template[data-words]");
const encode = (text) => new TextEncoder().encode(text);
const hex = (bytes) => [...new Uint8Array(bytes)].map((each) => each.toString(16).padStart(2, "0")).join("");
const hash = async (text) => hex(await crypto.subtle.digest("SHA-256", encode(text)));

const word = (name) => words.content.querySelector(`[data-word="${name}"]`).textContent;

/** The text that was promised: JSON with sorted names and no spaces. */
function render(value) {
  if (Array.isArray(value)) return `[${value.map(render).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${render(value[name])}`).join(",")}}`;
}

async function mix({ seed, entries_digest, terms }) {
  const key = await crypto.subtle.importKey("raw", encode(seed), "PBKDF2", false, ["deriveBits"]);
  const by = { name: "PBKDF2", hash: "SHA-256", salt: encode(entries_digest), iterations: terms.steps };
  return hex(await crypto.subtle.deriveBits(by, key, 256));
}

async function isOrdered({ mixed, entrants }) {
  const ranked = await Promise.all(
    entrants.map(async ({ receipt, place }) => ({ rank: await hash(mixed + receipt), receipt, place })),
  );
  ranked.sort((one, other) => (one.rank + one.receipt < other.rank + other.receipt ? -1 : 1));
  return ranked.every(({ place }, index) => place === index);
}

function hasRightWinners({ terms, entrants, winners }) {
  const passed = winners.filter(({ state }) => state === "passed_on").length;
  const count = Math.min(terms.winners, entrants.length) + passed;
  const first = [...entrants].sort((one, other) => one.place - other.place).slice(0, count);
  return winners.length === first.length && winners.every(({ receipt }, index) => receipt === first[index].receipt);
}

function isAsNoted(id, { promise, entries_digest }) {
  let noted = {};
  try {
    noted = JSON.parse(localStorage.getItem(`draw:${id}`)) ?? {};
  } catch {
    return true; // this device keeps nothing: it noted nothing
  }
  return (noted.promise ?? promise) === promise && (noted.digest ?? entries_digest) === entries_digest;
}

/** The name of what is wrong, or of what is right. */
async function judge(proof, id, receipt) {
  if (!isAsNoted(id, proof)) return "noted";
  if ((await hash(`${proof.seed}\n${render(proof.terms)}`)) !== proof.promise) return "promise";
  const receipts = proof.entrants.map((each) => each.receipt);
  if (new Set(receipts).size !== receipts.length) return "digest";
  const listed = [...receipts].sort().map((each) => `${each}\n`).join("");
  if ((await hash(listed)) !== proof.entries_digest) return "digest";
  if ((await mix(proof)) !== proof.mixed || !(await isOrdered(proof))) return "order";
  if (!hasRightWinners(proof)) return "winners";
  if (receipt && !receipts.includes(receipt)) return "receipt";
  return receipt ? "right_mine" : "right";
}

async function check(button) {
  const verdict = button.closest("li").querySelector("[data-verdict]");
  const say = (name) => {
    verdict.hidden = false;
    verdict.textContent = word(name);
    verdict.dataset.verdict = name;
  };
  button.disabled = true;
  say("busy");
  try {
    const answer = await fetch(button.dataset.check, { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    say(await judge(await answer.json(), button.dataset.draw, button.dataset.receipt));
  } catch {
    say("failed");
  }
  button.disabled = false;
}

// Without a secure line browsers work out no hashes.
for (const button of document.querySelectorAll("[data-check]")) {
  button.hidden = globalThis.crypto?.subtle === undefined;
  button.addEventListener("click", () => check(button));
}
