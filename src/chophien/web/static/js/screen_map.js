// Vietnam in the shapes of the 63 provinces of before July 2025, Hoàng Sa and Trường Sa among
// them, shaded by what was sold to each of today's 34.
import map from "../vendor/vietnam-map/vietnam.js";

const SVG = "http://www.w3.org/2000/svg";
const NONE = [55, 65, 127];
const MOST = [242, 180, 24];
const belongs = JSON.parse(document.getElementById("shapes")?.textContent ?? "{}");
const seas = document.querySelector("[data-words]")?.dataset ?? {};
const SEA_NAMES = { hoangsa: seas.seaHoangsa, truongsa: seas.seaTruongsa };
let shapes = null;

function make(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function build(place) {
  const drawing = make("svg", { viewBox: map.viewBox, role: "img" });
  const names = [];
  shapes = map.locations.map(({ id, path }) => {
    const shape = make("path", { d: path, class: "province", "data-shape": id });
    drawing.append(shape);
    if (SEA_NAMES[id]) names.push([shape, SEA_NAMES[id]]);
    return { shape, province: belongs[id] };
  });
  place.replaceChildren(drawing);
  for (const [shape, name] of names) {
    const box = shape.getBBox();
    const label = make("text", { x: box.x + box.width / 2, y: box.y - 8, class: "sea" });
    label.textContent = name;
    drawing.append(label);
  }
}

/** Shade every shape by the sum of its province; the square root keeps small ones visible. */
export function drawMap(place, provinces) {
  if (shapes === null) build(place);
  const sums = new Map(provinces.map(([name, amount]) => [name, amount]));
  const most = Math.max(...sums.values(), 1);
  for (const { shape, province } of shapes) {
    const sum = sums.get(province) ?? 0;
    const part = sum <= 0 ? 0 : 0.18 + 0.82 * Math.sqrt(sum / most);
    const mixed = NONE.map((from, index) => Math.round(from + (MOST[index] - from) * part));
    shape.style.fill = `rgb(${mixed.join(" ")})`;
  }
}

/** A short light on the province where something was just sold. */
export function flashProvince(name) {
  for (const { shape, province } of shapes ?? []) {
    if (province !== name) continue;
    shape.classList.add("is-new");
    setTimeout(() => shape.classList.remove("is-new"), 450);
  }
}
