/* Ink as a vector: the `d` of a path, the box around it, and an <svg> element built by DOM calls. */
import { smoothStroke } from "./smooth.js";

const SVG = "http://www.w3.org/2000/svg";
const PEN_SHARE = 0.055; // pen width as a share of the box's side
const ROOM_SHARE = 0.14; // empty room around the ink

/* strokes -> the `d` of one path; a dot is a line of no length, which round caps make visible. */
export function svgPath(strokes) {
  return strokes.map(strokePath).filter(Boolean).join("");
}

function strokePath(samples) {
  const pieces = smoothStroke(samples);
  if (pieces.length === 0) return "";
  const curves = pieces.map(({ control, to }) => `Q${at(control)} ${at(to)}`);
  return `M${at(pieces[0].from)}${curves.join("")}`;
}

function at([x, y]) {
  return `${rounded(x)} ${rounded(y)}`;
}

function rounded(number) {
  return Math.round(number * 10) / 10;
}

/* The smallest upright box around all points: { x, y, width, height }, or null without points. */
export function inkBounds(strokes) {
  const points = strokes.flat();
  if (points.length === 0) return null;
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
  const [x, y] = [xs.reduce((a, b) => Math.min(a, b)), ys.reduce((a, b) => Math.min(a, b))];
  const right = xs.reduce((a, b) => Math.max(a, b));
  const bottom = ys.reduce((a, b) => Math.max(a, b));
  return { x, y, width: right - x, height: bottom - y };
}

/* A square box with the ink in its middle and room around it: { x, y, side, pen }. */
export function squareAround(strokes) {
  const box = inkBounds(strokes) ?? { x: 0, y: 0, width: 1, height: 1 };
  const side = Math.max(box.width, box.height, 1) * (1 + 2 * ROOM_SHARE);
  return {
    x: rounded(box.x + box.width / 2 - side / 2),
    y: rounded(box.y + box.height / 2 - side / 2),
    side: rounded(side),
    pen: rounded(side * PEN_SHARE),
  };
}

/* An <svg class="ink-thumb"> of the drawing; `label` is what it is called, without one it is
   decoration. */
export function inkSvg(strokes, { label = "" } = {}) {
  const { x, y, side, pen } = squareAround(strokes);
  const svg = svgElement("svg", { class: "ink-thumb", viewBox: `${x} ${y} ${side} ${side}` });
  svg.append(svgElement("path", { d: svgPath(strokes), "stroke-width": pen }));
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  return svg;
}

export function svgElement(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
