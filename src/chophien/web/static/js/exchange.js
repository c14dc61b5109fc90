// Import and export: a file dropped on the page, how much of it is sent, how far its run is.
// Without it, the form sends the file all the same and the page is read anew by hand.
import { refresh } from "./fresh.js";

const LOOK_MS = 1000;

const form = document.querySelector("[data-drop]");

function showName() {
  const file = form.elements.file.files[0];
  const size = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  form.querySelector("[data-drop-name]").textContent = file ? `${file.name} · ${size.format(file.size / 1048576)} MB` : "";
}

function takeDrops() {
  const place = form.querySelector("[data-drop-place]");
  for (const kind of ["dragenter", "dragover"]) {
    place.addEventListener(kind, (event) => {
      event.preventDefault();
      place.classList.add("is-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) place.addEventListener(kind, () => place.classList.remove("is-over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) form.elements.file.files = event.dataTransfer.files;
    showName();
  });
  form.elements.file.addEventListener("change", showName);
}

// The browser's own sending shows nothing: a large file over a slow line would look like a hang.
function sendWithProgress(event) {
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  const shown = form.querySelector("[data-upload]");
  const fault = form.querySelector("[data-upload-fault]");
  const request = new XMLHttpRequest();
  const fail = () => {
    shown.hidden = true;
    fault.hidden = false;
    button.disabled = false;
  };
  button.disabled = true;
  fault.hidden = true;
  shown.hidden = false;
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    const share = Math.floor((100 * loaded) / total);
    shown.querySelector("progress").value = share;
    shown.querySelector("[data-upload-share]").textContent = `${share}%`;
  });
  request.addEventListener("load", () => (request.status < 400 ? location.assign(request.responseURL) : fail()));
  request.addEventListener("error", fail);
  request.open("POST", location.pathname);
  request.send(new FormData(form));
}

function followRun() {
  if (document.querySelector("[data-at-work]")) refresh(LOOK_MS / 2).finally(() => setTimeout(followRun, LOOK_MS));
}

if (form) {
  takeDrops();
  form.addEventListener("submit", sendWithProgress);
}
followRun();
