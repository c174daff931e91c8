/* Numbers to places, and the round numbers an axis is labelled with. Pure. */
const STEPS = [1, 2, 2.5, 5, 10];

/* The place of a value between two ends; where all values are the same it is the middle. */
export function linearScale([from, to], [start, end]) {
  const span = to - from;
  return (value) => (span ? start + ((value - from) / span) * (end - start) : (start + end) / 2);
}

/* Round numbers that enclose the values, about `count` of them. */
export function niceTicks([low, high], count = 5) {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / Math.max(count - 1, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * STEPS.find((one) => power * one >= rough * 0.999);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  return Array.from({ length: last - first + 1 }, (_, index) => clean((first + index) * step));
}

/* The least and the greatest of all values; null when there is none. */
export function extent(values) {
  const finite = values.filter(Number.isFinite);
  return finite.length ? [Math.min(...finite), Math.max(...finite)] : null;
}

/* The index of the point nearest to this x; -1 when there is none. Points are in the order of x. */
export function nearestIndex(points, x) {
  let best = -1;
  for (let index = 0; index < points.length; index += 1) {
    if (best < 0 || Math.abs(points[index][0] - x) < Math.abs(points[best][0] - x)) best = index;
  }
  return best;
}

function clean(value) {
  return Number(value.toPrecision(12));
}
