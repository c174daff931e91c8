/* Raw samples of a stroke as smooth curves: quadratic pieces through the midpoints of neighbours.
   The curve has no corner and stays within the convex hull of the samples. Pure. */

/** @typedef {{ from: number[], control: number[], to: number[], pressure: number }} CurvePiece */

/**
 * Return the curve of a stroke. One sample gives a dot (`from` equals `to`), two a straight piece
 * (`control` is its midpoint).
 * @param {Stroke} samples
 * @returns {CurvePiece[]}
 */
export function smoothStroke(samples) {
  if (samples.length === 0) return [];
  if (samples.length < 3) return [straightPiece(samples[0], samples[samples.length - 1])];
  const pieces = [];
  let from = samples[0];
  for (let i = 1; i < samples.length - 1; i += 1) {
    const isLast = i === samples.length - 2;
    const to = isLast ? samples[i + 1] : midpoint(samples[i], samples[i + 1]);
    pieces.push({ from, control: samples[i], to, pressure: pressureOf(samples[i]) });
    from = to;
  }
  return pieces;
}

/**
 * @param {Sample} from
 * @param {Sample} to
 */
function straightPiece(from, to) {
  return { from, control: midpoint(from, to), to, pressure: pressureOf(to) };
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function midpoint(a, b) {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

/**
 * Return the pressure of a sample. A mouse has none and some pens report 0: both get 0.5.
 * @param {Sample} sample
 */
export function pressureOf(sample) {
  return sample[3] > 0 ? sample[3] : 0.5;
}
