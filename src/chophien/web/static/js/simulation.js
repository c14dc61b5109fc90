// A simulation: while it runs the page is read anew every second; then charts, and tables that sort.
import "../vendor/echarts/echarts.simple.min.js";
import { refresh } from "./fresh.js";
import { brief, count, money } from "./money.js";

const EVERY_MS = 1000;
const INDIGO = "#1d2552";
const SOFT = "#8f98cf";
const PALE = "#d5d9ee";
const NAME_CHARS = 34;
const ROWS_SHOWN = 8;
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const text = { color: "#5d574c", fontFamily: "Be Vietnam Pro", fontSize: 14 };
const words = () => document.querySelector("[data-words]").dataset;

function draw(place, option) {
  const chart = globalThis.echarts.init(place);
  new ResizeObserver(() => chart.resize()).observe(place);
  chart.setOption({ animation: !still, textStyle: text, ...option });
}

const clip = (name) => (name.length > NAME_CHARS ? `${name.slice(0, NAME_CHARS - 1)}…` : name);

function drawPromotions(place, { promotions, currency }) {
  const isNarrow = place.clientWidth < 560;
  place.style.height = `${80 + promotions.length * (isNarrow ? 58 : 46)}px`;
  const rows = [...promotions].reverse();
  const bar = (name, index, color) => ({
    name,
    type: "bar",
    stack: "cost",
    barWidth: isNarrow ? 14 : 20,
    itemStyle: { color },
    data: rows.map((row) => row[index]),
  });
  const stalls = bar(words().stalls, 2, SOFT);
  stalls.label = {
    show: true,
    position: "right",
    ...text,
    formatter: ({ dataIndex }) => brief(rows[dataIndex][1] + rows[dataIndex][2]),
  };
  draw(place, {
    grid: { left: 4, right: 64, top: isNarrow ? 22 : 4, bottom: 4, containLabel: true },
    tooltip: { trigger: "axis", valueFormatter: (value) => money(value, currency), confine: true },
    xAxis: { type: "value", axisLabel: { ...text, formatter: brief, hideOverlap: true }, splitNumber: 3 },
    yAxis: {
      type: "category",
      data: rows.map(([name]) => name),
      axisTick: { show: false },
      // On a phone the name stands above its bar, where there is room for it.
      axisLabel: isNarrow
        ? { ...text, inside: true, margin: 0, verticalAlign: "bottom", padding: [0, 0, 13, 0], formatter: clip }
        : { ...text, width: 240, overflow: "break", lineHeight: 17 },
      z: 5,
    },
    series: [bar(words().festival, 1, INDIGO), stalls],
  });
}

function drawMargins(place, { margins }) {
  const { edges, was, planned } = margins;
  const ends = edges.map((edge) => String(edge).replace("-", "−"));
  const between = ends.slice(1).map((end, index) => `${ends[index]} … ${end}%`);
  const names = [`< ${ends[0]}%`, ...between, `≥ ${ends.at(-1)}%`];
  const bars = (name, data, color, loss) => ({
    name,
    type: "bar",
    barGap: "0%",
    data: data.map((value, index) => ({ value, itemStyle: { color: index > 0 && edges[index - 1] >= 0 ? color : loss } })),
  });
  draw(place, {
    grid: { left: 4, right: 8, top: 12, bottom: 4, containLabel: true },
    tooltip: { trigger: "axis", valueFormatter: (value) => `${count(value)} ${words().carts}`, confine: true },
    xAxis: { type: "category", data: names, axisTick: { show: false }, axisLabel: { ...text, rotate: 45, interval: 0 } },
    yAxis: { type: "value", minInterval: 1, splitNumber: 3, axisLabel: { ...text, formatter: brief } },
    // Below cost is what people look for: it has the colour of a warning.
    series: [bars(words().planned, planned, INDIGO, "#b02a52"), bars(words().was, was, PALE, PALE)],
  });
}

function drawAll() {
  const held = document.getElementById("charts");
  if (held === null) return;
  const charts = JSON.parse(held.textContent);
  for (const place of document.querySelectorAll("[data-chart]:empty")) {
    ({ promotions: drawPromotions, margins: drawMargins })[place.dataset.chart](place, charts);
  }
}

const valueOf = (row, index) => row.children[index].dataset.value ?? row.children[index].textContent.trim();

function sort(table, index, head) {
  const isNumber = head.classList.contains("num");
  // Figures begin with the largest, names with the first; another click turns it round.
  const isUp = head.ariaSort === null ? !isNumber : head.ariaSort !== "ascending";
  const number = (row) => Number(valueOf(row, index) || -Infinity);
  const compare = isNumber
    ? (a, b) => number(a) - number(b)
    : (a, b) => valueOf(a, index).localeCompare(valueOf(b, index), document.documentElement.lang, { numeric: true });
  const rows = [...table.tBodies[0].rows].sort((a, b) => (isUp ? compare(a, b) : compare(b, a)));
  for (const each of table.tHead.rows[0].cells) each.ariaSort = null;
  head.ariaSort = isUp ? "ascending" : "descending";
  table.tBodies[0].append(...rows);
  shorten(table);
}

/** A long table shows its first rows, until all are asked for. */
function shorten(table) {
  const rows = [...table.tBodies[0].rows];
  const isShort = table.dataset.all === undefined && rows.length > ROWS_SHOWN + 2;
  rows.forEach((row, index) => (row.hidden = isShort && index >= ROWS_SHOWN));
  table.parentElement.querySelector("[data-more]").hidden = !isShort;
}

function makeSortable() {
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    delete table.dataset.sortable;
    [...table.tHead.rows[0].cells].forEach((head, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", () => sort(table, index, head));
      head.replaceChildren(button);
    });
    const more = table.parentElement.querySelector("[data-more]");
    more.textContent = `${more.textContent} (${count(table.tBodies[0].rows.length)})`;
    more.addEventListener("click", () => {
      table.dataset.all = "";
      shorten(table);
    });
    shorten(table);
  }
}

function show() {
  drawAll();
  makeSortable();
}

// The line may be down for a while: a simulation that is open is asked for until it has ended.
function watch() {
  if (document.querySelector("[data-open]")) setTimeout(() => refresh(1).then(watch), EVERY_MS);
}

document.addEventListener("fresh", show);
show();
watch();
