// The organiser's view of a waiting room: its figures are read anew every two seconds.
import { refresh } from "./fresh.js";

const EVERY_MS = 2000;

function watch() {
  if (document.querySelector("[data-open]")) setTimeout(() => refresh(1).then(watch), EVERY_MS);
}

watch();
