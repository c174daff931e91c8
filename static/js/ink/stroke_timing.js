/* When each point of a drawing was drawn, from its samples [x, y, t_ms?, pressure?]. Pure.

   Where times are missing or run backwards, a steady hand is assumed. Pauses between strokes longer
   than LONGEST_PAUSE_MS are cut to that: one wants to see the drawing, not the thinking. */
export const LONGEST_PAUSE_MS = 900;
const PAUSE_MS = 220; // between strokes whose times say nothing
const SIDES_PER_S = 1.6; // the pace of the steady hand, in sides of the drawing's box

/* strokes -> { strokes: [{ samples, times: [ms from the start, …] }], durationMs } */
export function buildTimeline(strokes) {
  const inked = strokes.filter((stroke) => stroke.length > 0);
  const pace = (SIDES_PER_S * sideOf(inked)) / 1000; // units of length each ms
  const timed = [];
  let now = 0;
  let before = null;
  for (const samples of inked) {
    if (before) now += pauseBetween(before, samples);
    const offsets = hasTimes(samples) ? ownTimes(samples) : steadyTimes(samples, pace);
    timed.push({ samples, times: offsets.map((offset) => now + offset) });
    now += offsets.at(-1);
    before = samples;
  }
  return { strokes: timed, durationMs: Math.max(now, 1) };
}

/* The strokes as they were `ms` after the start; the last point of a stroke in the making lies
   between two samples. */
export function strokesAt(timeline, ms) {
  return timeline.strokes.filter(({ times }) => times[0] <= ms).map((stroke) => partOf(stroke, ms));
}

function partOf({ samples, times }, ms) {
  if (times.at(-1) <= ms) return samples;
  const next = times.findIndex((time) => time > ms);
  const [from, to] = [samples[next - 1], samples[next]];
  const share = (ms - times[next - 1]) / (times[next] - times[next - 1]);
  const between = from.slice(0, 2).map((value, axis) => value + (to[axis] - value) * share);
  return [...samples.slice(0, next), between];
}

function hasTimes(samples) {
  return samples.every(([, , t], i) => Number.isFinite(t) && (i === 0 || t >= samples[i - 1][2]));
}

function ownTimes(samples) {
  return samples.map(([, , t]) => t - samples[0][2]);
}

function steadyTimes(samples, pace) {
  let length = 0;
  return samples.map((point, i) => {
    if (i > 0) length += Math.hypot(point[0] - samples[i - 1][0], point[1] - samples[i - 1][1]);
    return length / pace;
  });
}

function pauseBetween(before, after) {
  const pause = after[0][2] - before.at(-1)[2];
  if (!hasTimes(before) || !hasTimes(after) || !(pause >= 0)) return PAUSE_MS;
  return Math.min(pause, LONGEST_PAUSE_MS);
}

function sideOf(strokes) {
  const extent = (axis) => {
    const values = strokes.flat().map((point) => point[axis]);
    return values.reduce((a, b) => Math.max(a, b), -Infinity) - values.reduce((a, b) => Math.min(a, b), Infinity);
  };
  return strokes.length ? Math.max(extent(0), extent(1), 1) : 1;
}
