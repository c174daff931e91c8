/* Ink of several digits next to each other: splits it at its gaps. Pure. docs/experiments.md has the measurements
   behind the limits. All lengths are fractions of the height of the ink. */
const MIN_PART_HEIGHT = 0.5; // a dot, a bar or the roof of a 5 is no digit
const MIN_GAP = 0.03;
const MAX_PARTS = 8;

/** @typedef {{ strokes: Stroke[], left: number, right: number, top: number, bottom: number }} Part */

/** @type {WeakMap<Stroke[], Stroke[][]>} */
const known = new WeakMap();

/**
 * Return the strokes of each digit from left to right, or all strokes as one digit. The result of the same
 * strokes is computed once.
 * @param {Stroke[]} strokes
 */
export function splitDigits(strokes) {
  const parts = known.get(strokes) ?? findDigits(strokes);
  known.set(strokes, parts);
  return parts;
}

/** @param {Stroke[]} strokes */
function findDigits(strokes) {
  const boxes = strokes.filter((stroke) => stroke.length > 0).map(boxOf);
  if (boxes.length < 2) return [strokes];
  const height = Math.max(...boxes.map(({ bottom }) => bottom)) - Math.min(...boxes.map(({ top }) => top));
  const parts = mergeOverlapping(boxes, MIN_GAP * height);
  const areDigits = parts.every(({ top, bottom }) => bottom - top >= MIN_PART_HEIGHT * height);
  return parts.length > 1 && parts.length <= MAX_PARTS && areDigits ? parts.map((part) => part.strokes) : [strokes];
}

/**
 * Merge strokes whose columns overlap or nearly touch. Strokes of a part keep their order.
 * @param {Part[]} boxes
 * @param {number} minGap
 */
function mergeOverlapping(boxes, minGap) {
  /** @type {Part[]} */
  const parts = [];
  for (const box of boxes.toSorted((a, b) => a.left - b.left)) {
    const last = parts.at(-1);
    if (!last || box.left - last.right >= minGap) parts.push(box);
    else parts[parts.length - 1] = merge(last, box);
  }
  return parts.map((part) => ({ ...part, strokes: boxes.flatMap(({ strokes }) => strokes).filter((stroke) => part.strokes.includes(stroke)) }));
}

/**
 * @param {Part} a
 * @param {Part} b
 * @returns {Part}
 */
function merge(a, b) {
  return {
    strokes: [...a.strokes, ...b.strokes],
    left: Math.min(a.left, b.left), right: Math.max(a.right, b.right),
    top: Math.min(a.top, b.top), bottom: Math.max(a.bottom, b.bottom),
  };
}

/**
 * @param {Stroke} stroke
 * @returns {Part}
 */
function boxOf(stroke) {
  const xs = stroke.map(([x]) => x);
  const ys = stroke.map(([, y]) => y);
  return { strokes: [stroke], left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}
