/* The history: replay timing, shortcuts, times. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { moveIndex } from "../../static/js/arrow_key_grid_navigation.js";
import { commandForKey } from "../../static/js/keyboard/key_map.js";
import { MAX_PAUSE_MS, strokesAt, buildTimeline } from "../../static/js/ink/stroke_timing.js";
import { timeZoneCookie } from "../../static/js/time_zone_cookie.js";

const TIMED = [[[0, 0, 1000], [10, 0, 1100], [20, 0, 1200]], [[0, 10, 1500], [0, 20, 1600]]];

test("a replay takes as long as the drawing did", () => {
  const timeline = buildTimeline(TIMED);
  assert.equal(timeline.durationMs, 600);
  assert.deepEqual(timeline.strokes.map(({ times }) => times), [[0, 100, 200], [500, 600]]);
});

test("a long pause between strokes is capped", () => {
  const later = TIMED[1].map(([x, y, t]) => [x, y, t + 60_000]);
  assert.equal(buildTimeline([TIMED[0], later]).durationMs, 200 + MAX_PAUSE_MS + 100);
});

test("strokes whose times each start at 0 follow each other", () => {
  const { strokes } = buildTimeline([[[0, 0, 0], [9, 9, 300]], [[0, 9, 0], [9, 0, 300]]]);
  assert.ok(strokes[1].times[0] > 300);
});

for (const [name, strokes] of Object.entries({
  missing: [[[0, 0], [100, 0], [100, 100]]],
  backwards: [[[0, 0, 50], [100, 0, 20], [100, 100, 90]]],
  empty: [[[0, 0, null], [100, 0, null], [100, 100, null]]],
})) {
  test(`with ${name} times the speed is constant`, () => {
    const [{ times }] = buildTimeline(strokes).strokes;
    assert.equal(times[0], 0);
    assert.ok(Math.abs(times[2] - 2 * times[1]) < 1e-9 && times[1] > 0);
  });
}

test("a moment inside a stroke ends between two samples", () => {
  assert.deepEqual(strokesAt(buildTimeline(TIMED), 150), [[[0, 0, 1000], [10, 0, 1100], [15, 0]]]);
});

test("the start shows the first point, the end the whole drawing", () => {
  const timeline = buildTimeline(TIMED);
  assert.deepEqual(strokesAt(timeline, 0), [[[0, 0, 1000], [0, 0]]]);
  assert.deepEqual(strokesAt(timeline, timeline.durationMs), TIMED);
});

test("empty and single-point drawings have a timeline", () => {
  assert.deepEqual(strokesAt(buildTimeline([]), 5), []);
  assert.deepEqual(strokesAt(buildTimeline([[], [[3, 4]]]), 5), [[[3, 4]]]);
  const resting = [[[3, 4], [3, 4]]];
  assert.deepEqual(strokesAt(buildTimeline(resting), 1), resting);
});

test("arrow keys move in the grid and stop at its edges", () => {
  const grid = { count: 7, perRow: 3 };
  const step = (key) => commandForKey("history", { key });
  assert.equal(moveIndex(0, step("ArrowRight"), grid), 1);
  assert.equal(moveIndex(1, step("ArrowDown"), grid), 4);
  assert.equal(moveIndex(1, step("ArrowUp"), grid), 1);
  assert.equal(moveIndex(5, step("ArrowDown"), grid), 5);
  assert.equal(moveIndex(0, step("ArrowLeft"), grid), 0);
  assert.equal(moveIndex(-1, step("ArrowDown"), grid), 0);
  assert.equal(moveIndex(-1, step("ArrowDown"), { count: 0, perRow: 1 }), -1);
});

for (const timeZone of ["Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "UTC"]) {
  test(`the time zone ${timeZone} is sent to the server`, () => {
    assert.match(timeZoneCookie(timeZone), new RegExp(`^time_zone=${timeZone.replace("+", "\\+")}; path=/;`));
  });
}
