// Works out the puzzle of a waiting room in the background, with ALTCHA's own worker, and puts the
// answer into the form. Where it cannot (no worker, no HTTPS), the field keeps what counts after a
// minute of patience. Nothing has to be pressed, read or recognised.

const WORKER = new URL("../vendor/altcha/pbkdf2.js", import.meta.url);
const WORK_MS_MAX = 45_000; // beyond it patience is nearly as quick

function work(challenge) {
  return new Promise((done, failed) => {
    const worker = new Worker(WORKER);
    const end = (settle, value) => {
      worker.terminate();
      settle(value);
    };
    worker.onmessage = ({ data }) =>
      data?.derivedKey ? end(done, data) : end(failed, data?.error ?? new Error("not worked out"));
    worker.onerror = (fault) => end(failed, fault);
    worker.postMessage({ type: "work", challenge, counterMode: "uint32", timeout: WORK_MS_MAX });
  });
}

/** Fetch a puzzle and work it out; resolves to the answer as the waiting room takes it. */
export async function solve(address) {
  const given = await fetch(address, { cache: "no-store" });
  if (!given.ok) throw new Error(`no puzzle: ${given.status}`);
  const challenge = await given.json();
  const { counter, derivedKey } = await work(challenge);
  return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
}

const answers = new Map(); // by address: a page that is read anew needs no second sum

function solveOnce(address) {
  if (!answers.has(address)) answers.set(address, solve(address));
  return answers.get(address);
}

async function fill(place) {
  const says = place.querySelector("[data-puzzle-says]");
  const form = place.closest("form");
  const say = (word) => {
    says.textContent = says.dataset[word];
    says.hidden = false;
  };
  let isPressed = false;
  const hold = (event) => {
    event.preventDefault(); // sent as soon as the answer is there
    isPressed = true;
    say("working");
  };
  form?.addEventListener("submit", hold);
  place.dataset.puzzleState = "working";
  // Told only when it takes a while: most are done before anyone could read it.
  const slow = setTimeout(say, 1500, "working");
  try {
    place.querySelector("input[name=answer]").value = await solveOnce(place.dataset.puzzle);
    if (!says.hidden) say("done");
    place.dataset.puzzleState = "done";
  } catch {
    say("failed"); // the field still holds patience
    place.dataset.puzzleState = "failed";
  }
  clearTimeout(slow);
  form?.removeEventListener("submit", hold);
  if (isPressed) form.requestSubmit();
}

function begin() {
  for (const place of document.querySelectorAll("[data-puzzle]:not([data-puzzle-state])")) fill(place);
}

document.addEventListener("fresh", begin);
begin();
