/* A stroke's raw samples as smooth curves: quadratic pieces through the midpoints of neighbours, so
   the curve has no corner and stays within the hull of what was drawn. Pure. */

/* samples: [[x, y, t_ms?, pressure?], …] -> [{ from, control, to, pressure }]
   none: nothing; one: a dot (from equals to); two: a straight piece (control is its middle). */
export function smoothStroke(samples) {
  if (samples.length === 0) return [];
  if (samples.length < 3) return [straight(samples[0], samples.at(-1))];
  const pieces = [];
  let from = samples[0];
  for (let i = 1; i < samples.length - 1; i += 1) {
    const isLast = i === samples.length - 2;
    const to = isLast ? samples[i + 1] : middle(samples[i], samples[i + 1]);
    pieces.push({ from, control: samples[i], to, pressure: pressureOf(samples[i]) });
    from = to;
  }
  return pieces;
}

function straight(from, to) {
  return { from, control: middle(from, to), to, pressure: pressureOf(to) };
}

function middle(a, b) {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

/* A mouse has no pressure and some pens report 0 for it: both draw with a middling one. */
export function pressureOf(sample) {
  return sample[3] > 0 ? sample[3] : 0.5;
}
