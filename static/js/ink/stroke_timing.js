/* The time at which each sample of a drawing was drawn. Pure.

   Where times are missing or run backwards, a constant speed is assumed. Pauses between strokes are
   capped at MAX_PAUSE_MS, because a replay should show the drawing and not the waiting. */
import { inkBounds } from "./ink_to_svg.js";

export const MAX_PAUSE_MS = 900;
const DEFAULT_PAUSE_MS = 220; // between strokes without usable times
const SIDES_PER_S = 1.6; // the assumed speed, in sides of the drawing's bounding box

/** @typedef {{ samples: Stroke, times: number[] }} TimedStroke times in ms from the start */
/** @typedef {{ strokes: TimedStroke[], durationMs: number }} Timeline */

/**
 * @param {Stroke[]} strokes
 * @returns {Timeline}
 */
export function buildTimeline(strokes) {
  const nonEmpty = strokes.filter((stroke) => stroke.length > 0);
  const speed = (SIDES_PER_S * boundingSide(nonEmpty)) / 1000; // units of length per ms
  /** @type {TimedStroke[]} */
  const timed = [];
  let now = 0;
  let before = null;
  for (const samples of nonEmpty) {
    if (before) now += pauseBetween(before, samples);
    const start = now;
    const offsets = hasTimes(samples) ? recordedTimes(samples) : constantSpeedTimes(samples, speed);
    timed.push({ samples, times: offsets.map((offset) => start + offset) });
    now += offsets[offsets.length - 1];
    before = samples;
  }
  return { strokes: timed, durationMs: Math.max(now, 1) };
}

/**
 * Return the strokes as they were `ms` after the start. The last point of an unfinished stroke is
 * interpolated between two samples.
 * @param {Timeline} timeline
 * @param {number} ms
 */
export function strokesAt(timeline, ms) {
  return timeline.strokes.filter(({ times }) => times[0] <= ms).map((stroke) => strokeAt(stroke, ms));
}

/**
 * @param {TimedStroke} stroke
 * @param {number} ms
 */
function strokeAt({ samples, times }, ms) {
  if (times[times.length - 1] <= ms) return samples;
  const next = times.findIndex((time) => time > ms);
  const [from, to] = [samples[next - 1], samples[next]];
  const fraction = (ms - times[next - 1]) / (times[next] - times[next - 1]);
  const last = from.slice(0, 2).map((value, axis) => value + (to[axis] - value) * fraction);
  return [...samples.slice(0, next), last];
}

/** @param {Stroke} samples */
function hasTimes(samples) {
  return samples.every(([, , t], i) => Number.isFinite(t) && (i === 0 || t >= samples[i - 1][2]));
}

/** @param {Stroke} samples */
function recordedTimes(samples) {
  return samples.map(([, , t]) => t - samples[0][2]);
}

/**
 * @param {Stroke} samples
 * @param {number} speed
 */
function constantSpeedTimes(samples, speed) {
  let length = 0;
  return samples.map((point, i) => {
    if (i > 0) length += Math.hypot(point[0] - samples[i - 1][0], point[1] - samples[i - 1][1]);
    return length / speed;
  });
}

/**
 * @param {Stroke} before
 * @param {Stroke} after
 */
function pauseBetween(before, after) {
  const pause = after[0][2] - before[before.length - 1][2];
  if (!hasTimes(before) || !hasTimes(after) || !(pause >= 0)) return DEFAULT_PAUSE_MS;
  return Math.min(pause, MAX_PAUSE_MS);
}

/** @param {Stroke[]} strokes */
function boundingSide(strokes) {
  const box = inkBounds(strokes);
  return box ? Math.max(box.width, box.height, 1) : 1;
}
