// Reads a page anew and swaps the parts that may have changed: elements with the same
// `data-fresh` name. What a person typed or chose inside them stays.

let waiting = null;

function keep(old) {
  const kept = new Map();
  for (const field of old.querySelectorAll("input[name], select[name], textarea[name]")) {
    if (field.type === "hidden") continue;
    if (field.type === "radio") {
      if (field.checked) kept.set(`${field.name}=${field.value}`, true);
    } else if (field.type === "checkbox") {
      if (field.checked !== field.defaultChecked) kept.set(`${field.name}=${field.value}`, field.checked);
    } else kept.set(field.name, field.value);
  }
  const open = [...old.querySelectorAll("details")].map((each) => each.open);
  return (fresh) => {
    for (const field of fresh.querySelectorAll("input[name], select[name], textarea[name]")) {
      if (field.type === "radio") field.checked ||= kept.has(`${field.name}=${field.value}`) && !field.disabled;
      else if (field.type === "checkbox") field.checked = kept.get(`${field.name}=${field.value}`) ?? field.checked;
      else if (field.type !== "hidden" && kept.has(field.name)) field.value = kept.get(field.name);
    }
    fresh.querySelectorAll("details").forEach((each, index) => (each.open = open[index] ?? each.open));
  };
}

/** Put the elements of `text`, a page, in the place of those of the same name. */
export function swap(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const old of document.querySelectorAll("[data-fresh]")) {
    const fresh = page.querySelector(`[data-fresh="${CSS.escape(old.dataset.fresh)}"]`);
    if (fresh === null || fresh.outerHTML === old.outerHTML) continue;
    const restore = keep(old);
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    old.replaceWith(fresh);
    restore(fresh);
    if (focused) document.getElementById(focused)?.focus();
  }
  document.dispatchEvent(new CustomEvent("fresh"));
}

/** Fetch this page and swap what changed. Calls within `within_ms` of each other become one. */
export function refresh(within_ms = 250) {
  waiting ??= new Promise((done) => setTimeout(done, within_ms * (0.6 + 0.8 * Math.random())))
    .then(() => {
      waiting = null;
      return fetch(location.href, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" });
    })
    .then((answer) => (answer.ok ? answer.text().then(swap) : undefined))
    .catch(() => undefined); // the line is down: the hub tells when it is back, and this runs again
  return waiting;
}
