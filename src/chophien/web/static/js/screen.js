// The big screen: reads all figures of one instant, at every sale and every ten seconds, and
// shows them. Between two readings the total counts up; it always ends on the figure that was read.
import { now } from "./clock.js";
import { listen } from "./hub.js";
import { count, money } from "./money.js";
import { drawCurve } from "./screen_curve.js";
import { drawMap, flashProvince } from "./screen_map.js";

const EVERY_MS = 10_000;
const APART_MS = 250;
const COUNT_MS = 900;
const NEWS_MAX = 9;
const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
const board = document.querySelector("[data-figures]");
const find = (name) => document.querySelector(`[data-${name}]`);
let shown = 0;
let run = 0;
let currency = "VND";

function write(place, amount) {
  place.textContent = money(amount, currency);
  // As large as its place allows; a figure of this type is about 0.57 em wide.
  const px = place.clientWidth / (place.textContent.length * 0.57);
  place.style.fontSize = `min(13rem, ${px}px)`;
}

function countUp(total) {
  const place = find("total");
  const [from, began, mine] = [shown, performance.now(), ++run];
  place.dataset.total = total;
  shown = total;
  if (isStill || from === total || document.hidden) return write(place, total);
  const frame = (at) => {
    if (mine !== run) return;
    const part = Math.min(1, (at - began) / COUNT_MS);
    write(place, Math.round(from + (total - from) * (1 - (1 - part) ** 3)));
    if (part < 1) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function showLeaders(stalls) {
  if (stalls.length === 0) return;
  const rows = stalls.map(([name, amount]) => {
    const row = element("li", "leader", "");
    const bar = element("span", "leader__bar", "");
    bar.style.setProperty("--share", Math.max(amount, 0) / Math.max(stalls[0][1], 1));
    row.append(element("span", "leader__name", name), element("span", "leader__sum", money(amount, currency)), bar);
    return row;
  });
  find("leaders").replaceChildren(...rows);
}

function showProvinces(provinces) {
  drawMap(find("map"), provinces);
  const rows = provinces.slice(0, 5).map(([name, amount]) => {
    const row = element("li", "", "");
    row.append(element("span", "", name), element("b", "", money(amount, currency)));
    return row;
  });
  find("provinces").replaceChildren(...rows);
}

function addNews(stall, detail, isNew) {
  const item = element("li", isNew ? "news is-new" : "news", "");
  item.append(element("b", "", detail), element("span", "", stall));
  const list = find("news");
  if (isNew) list.prepend(item);
  else list.append(item);
  while (list.children.length > NEWS_MAX) list.lastElementChild.remove();
}

const time = (at) => new Intl.DateTimeFormat("vi", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Ho_Chi_Minh" }).format(at);

let isReading = false;
let isStale = false;

async function read() {
  if (isReading) {
    isStale = true;
    return;
  }
  isReading = true;
  try {
    const figures = await (await fetch(board.dataset.figures, { cache: "no-store" })).json();
    currency = figures.currency;
    countUp(figures.total);
    find("orders").textContent = count(figures.orders);
    showLeaders(figures.stalls);
    showProvinces(figures.provinces);
    drawCurve(find("curve"), figures, currency);
    if (!find("news").children.length) figures.latest.forEach(([stall, at]) => addNews(stall, time(new Date(at)), false));
    find("outage").hidden = true;
  } catch {
    find("outage").hidden = false;
  }
  // At most four readings a second, and one more for what came meanwhile.
  setTimeout(() => {
    isReading = false;
    if (isStale) {
      isStale = false;
      read();
    }
  }, APART_MS);
}

listen(
  "screen",
  (event) => {
    if (event.type !== "sale") return;
    read();
    addNews(`${event.stall_name} → ${event.province}`, `+${money(event.amount_minor, currency)}`, true);
    flashProvince(event.province);
  },
  read,
);
read();
setInterval(read, EVERY_MS);
setInterval(() => (find("clock").textContent = time(now())), 1000);
