// When a show begins or ends, or a flash price is over, the fair's home is read anew: each page
// at its own moment, so that not all visitors come at once. Scrolling stays where it was.

const SPREAD_MS = 4000;
const LEAST_MS = 1500;
let isComing = false;

function again() {
  if (isComing) return;
  isComing = true;
  setTimeout(() => location.reload(), LEAST_MS + SPREAD_MS * Math.random());
}

document.addEventListener("show", again);
document.addEventListener("over", again);
