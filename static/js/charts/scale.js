/* Linear scales and round axis ticks. Pure. */
const TICK_STEPS = [1, 2, 2.5, 5, 10];

/**
 * Return a function that maps a value of a domain to a position in a range. If the domain has no
 * extent, every value maps to the middle.
 * @param {number[]} domain [from, to]
 * @param {number[]} range [start, end]
 * @returns {(value: number) => number}
 */
export function linearScale([from, to], [start, end]) {
  const span = to - from;
  return (value) => (span ? start + ((value - from) / span) * (end - start) : (start + end) / 2);
}

/**
 * Return about `count` round numbers that enclose the extent.
 * @param {number[]} extent [low, high]
 * @param {number} [count]
 */
export function niceTicks([low, high], count = 5) {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / Math.max(count - 1, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (TICK_STEPS.find((one) => power * one >= rough * 0.999) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  return Array.from({ length: last - first + 1 }, (_, index) => roundError((first + index) * step));
}

/**
 * Return [min, max] of the finite values, or null if there are none.
 * @param {number[]} values
 */
export function extent(values) {
  const finite = values.filter(Number.isFinite);
  return finite.length ? [Math.min(...finite), Math.max(...finite)] : null;
}

/**
 * Return the index of the point nearest to x, or -1 if there are no points.
 * @param {number[][]} points
 * @param {number} x
 */
export function nearestIndex(points, x) {
  let best = -1;
  for (let index = 0; index < points.length; index += 1) {
    if (best < 0 || Math.abs(points[index][0] - x) < Math.abs(points[best][0] - x)) best = index;
  }
  return best;
}

/**
 * Move positions apart until two neighbours have at least `gap` between them, within [low, high] if
 * there is room. The order stays.
 * @param {number[]} positions
 * @param {number} gap
 * @param {number[]} bounds [low, high]
 */
export function spreadLabels(positions, gap, [low, high]) {
  const order = positions.map((_, index) => index).sort((a, b) => positions[a] - positions[b]);
  const spread = [...positions];
  let floor = low;
  for (const index of order) {
    spread[index] = Math.max(spread[index], floor);
    floor = spread[index] + gap;
  }
  let ceiling = high;
  for (const index of order.reverse()) {
    spread[index] = Math.min(spread[index], ceiling);
    ceiling = spread[index] - gap;
  }
  return spread;
}

/**
 * 0.30000000000000004 -> 0.3
 * @param {number} value
 */
function roundError(value) {
  return Number(value.toPrecision(12));
}
