// The total over the last hours, one colour, labelled at its end.
import "../vendor/echarts/echarts.simple.min.js";
import { now } from "./clock.js";
import { brief } from "./money.js";

const HOURS = 3;
const LEAD_MS = 600_000; // how much of the time before the first sale is shown
const ZONE_MS = 7 * 3_600_000; // Vietnam's clock, wherever the screen hangs
let chart = null;

/** Points of the total: what it was before the curve begins, then after each minute with a sale. */
export function sumUp({ total, curve }) {
  let sum = total - curve.reduce((all, [, amount]) => all + amount, 0);
  const first = curve.length ? Date.parse(curve[0][0]) - LEAD_MS : 0;
  const begins = Math.max(now() - HOURS * 3_600_000, first);
  const points = [[begins, sum]];
  for (const [minute, amount] of curve) {
    const at = Math.max(Date.parse(minute), begins);
    points.push([at, sum]);
    sum += amount;
    points.push([Math.min(at + 60_000, now()), sum]);
  }
  points.push([now(), sum]);
  return points.map(([at, amount]) => [at + ZONE_MS, amount]);
}

export function drawCurve(place, figures) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const text = { color: "#c3c6e2", fontFamily: "Be Vietnam Pro", fontSize: rem * 1.1 };
  if (chart === null) {
    chart = globalThis.echarts.init(place);
    new ResizeObserver(() => chart.resize()).observe(place);
  }
  chart.setOption({
    useUTC: true,
    animationDuration: 600,
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    grid: { left: rem * 0.4, right: rem * 1.2, top: rem * 1.4, bottom: rem * 0.4, containLabel: true },
    xAxis: {
      type: "time",
      axisLine: { lineStyle: { color: "#414c8a" } },
      axisTick: { show: false },
      axisLabel: { ...text, hideOverlap: true, formatter: "{HH}:{mm}" },
    },
    yAxis: {
      type: "value",
      splitNumber: 3,
      axisLabel: { ...text, formatter: brief },
      splitLine: { lineStyle: { color: "rgba(195, 198, 226, 0.16)" } },
    },
    series: [
      {
        type: "line",
        data: sumUp(figures),
        symbol: "none",
        lineStyle: { color: "#f2b418", width: rem * 0.28 },
        areaStyle: {
          color: {
            type: "linear", x: 0, y: 0, x2: 0, y2: 1,
            colorStops: [
              { offset: 0, color: "rgba(242, 180, 24, 0.42)" },
              { offset: 1, color: "rgba(242, 180, 24, 0.02)" },
            ],
          },
        },
      },
    ],
  });
}
