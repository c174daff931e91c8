/* Ink as SVG: the path data, the bounding box and an <svg> element. */
import { svg } from "../dom.js";
import { smoothStroke } from "./smooth_stroke.js";

const PEN_FRACTION = 0.055; // pen width as a fraction of the box's side
const MARGIN_FRACTION = 0.14; // empty space around the ink

/**
 * Return the `d` of one path. A dot becomes a line of length 0, which round line caps make visible.
 * @param {Stroke[]} strokes
 */
export function svgPath(strokes) {
  return strokes.map(strokePath).filter(Boolean).join("");
}

/** @param {Stroke} samples */
function strokePath(samples) {
  const pieces = smoothStroke(samples);
  if (pieces.length === 0) return "";
  const curves = pieces.map(({ control, to }) => `Q${formatPoint(control)} ${formatPoint(to)}`);
  return `M${formatPoint(pieces[0].from)}${curves.join("")}`;
}

/** @param {number[]} point */
function formatPoint([x, y]) {
  return `${roundTenth(x)} ${roundTenth(y)}`;
}

/** @param {number} number */
function roundTenth(number) {
  return Math.round(number * 10) / 10;
}

/**
 * Return the bounding box of all points, or null if there are none.
 * @param {Stroke[]} strokes
 */
export function inkBounds(strokes) {
  const points = strokes.flat();
  if (points.length === 0) return null;
  const [xs, ys] = [points.map((point) => point[0]), points.map((point) => point[1])];
  const [x, y] = [xs.reduce((a, b) => Math.min(a, b)), ys.reduce((a, b) => Math.min(a, b))];
  const right = xs.reduce((a, b) => Math.max(a, b));
  const bottom = ys.reduce((a, b) => Math.max(a, b));
  return { x, y, width: right - x, height: bottom - y };
}

/**
 * Return a square box with the ink in its middle and a margin around it, and the pen width.
 * @param {Stroke[]} strokes
 */
export function squareAround(strokes) {
  const box = inkBounds(strokes) ?? { x: 0, y: 0, width: 1, height: 1 };
  const side = Math.max(box.width, box.height, 1) * (1 + 2 * MARGIN_FRACTION);
  return {
    x: roundTenth(box.x + box.width / 2 - side / 2),
    y: roundTenth(box.y + box.height / 2 - side / 2),
    side: roundTenth(side),
    pen: roundTenth(side * PEN_FRACTION),
  };
}

/**
 * Return an <svg class="ink-thumb"> of a drawing, hidden from screen readers.
 * @param {Stroke[]} strokes
 */
export function inkSvg(strokes) {
  const { x, y, side, pen } = squareAround(strokes);
  return svg(
    "svg",
    { class: "ink-thumb", viewBox: `${x} ${y} ${side} ${side}`, "aria-hidden": "true" },
    svg("path", { d: svgPath(strokes), "stroke-width": pen }),
  );
}
