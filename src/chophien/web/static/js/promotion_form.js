// The picture beside a promotion's form: asked from the server while somebody types, so that the
// same rules judge it as when it is sent. Without this, sending the form shows the same picture.

const WAIT_MS = 350;
const form = document.querySelector("form[data-preview-url]");
const place = form.querySelector("[data-preview]");
let timer = 0;
let asked = 0;

async function show() {
  const mine = ++asked;
  const answer = await fetch(form.dataset.previewUrl, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (!answer?.ok || mine !== asked) return; // the line is down, or something newer was asked
  place.innerHTML = await answer.text();
}

function ask() {
  clearTimeout(timer);
  timer = setTimeout(show, WAIT_MS);
}

form.addEventListener("input", ask);
form.addEventListener("change", ask);

// What a refusal offers is filled in here, without sending the form.
form.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=fill]");
  if (!button) return;
  const [name, value] = button.value.split("=");
  const field = form.elements.namedItem(name);
  if (!field) return;
  event.preventDefault();
  field.value = value;
  field.focus();
  show();
});
