/* The history: when each point was drawn, what keys mean. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandForKey, moveIndex } from "../../static/js/history/shortcuts.js";
import { LONGEST_PAUSE_MS, strokesAt, buildTimeline } from "../../static/js/ink/stroke_timing.js";
import { formatMoment } from "../../static/js/history/local_time.js";

const TIMED = [[[0, 0, 1000], [10, 0, 1100], [20, 0, 1200]], [[0, 10, 1500], [0, 20, 1600]]];

test("a drawing takes as long as it took, counted from its first point", () => {
  const timeline = buildTimeline(TIMED);
  assert.equal(timeline.durationMs, 600);
  assert.deepEqual(timeline.strokes.map(({ times }) => times), [[0, 100, 200], [500, 600]]);
});

test("a long pause between strokes is cut", () => {
  const later = TIMED[1].map(([x, y, t]) => [x, y, t + 60_000]);
  assert.equal(buildTimeline([TIMED[0], later]).durationMs, 200 + LONGEST_PAUSE_MS + 100);
});

test("strokes whose times each begin at zero still follow each other", () => {
  const { strokes } = buildTimeline([[[0, 0, 0], [9, 9, 300]], [[0, 9, 0], [9, 0, 300]]]);
  assert.ok(strokes[1].times[0] > 300);
});

for (const [name, strokes] of Object.entries({
  missing: [[[0, 0], [100, 0], [100, 100]]],
  backwards: [[[0, 0, 50], [100, 0, 20], [100, 100, 90]]],
  empty: [[[0, 0, null], [100, 0, null], [100, 100, null]]],
})) {
  test(`with ${name} times a steady hand draws`, () => {
    const [{ times }] = buildTimeline(strokes).strokes;
    assert.equal(times[0], 0);
    assert.ok(Math.abs(times[2] - 2 * times[1]) < 1e-9 && times[1] > 0);
  });
}

test("a moment in the middle of a stroke ends between two samples", () => {
  assert.deepEqual(strokesAt(buildTimeline(TIMED), 150), [[[0, 0, 1000], [10, 0, 1100], [15, 0]]]);
});

test("the start shows the first point, the end the whole drawing", () => {
  const timeline = buildTimeline(TIMED);
  assert.deepEqual(strokesAt(timeline, 0), [[[0, 0, 1000], [0, 0]]]);
  assert.deepEqual(strokesAt(timeline, timeline.durationMs), TIMED);
});

test("nothing, a dot, and points on one spot have a timeline", () => {
  assert.deepEqual(strokesAt(buildTimeline([]), 5), []);
  assert.deepEqual(strokesAt(buildTimeline([[], [[3, 4]]]), 5), [[[3, 4]]]);
  const resting = [[[3, 4], [3, 4]]];
  assert.deepEqual(strokesAt(buildTimeline(resting), 1), resting);
});

test("keys that change a drawing need one, and free hands", () => {
  assert.deepEqual(commandForKey({ key: "7" }, { isOnDrawing: true }), { type: "label", label: 7 });
  assert.deepEqual(commandForKey({ key: "X" }, { isOnDrawing: true }), { type: "label", label: "not_a_digit" });
  assert.deepEqual(commandForKey({ key: "Backspace" }, { isOnDrawing: true }), { type: "label", label: null });
  assert.deepEqual(commandForKey({ key: "Delete" }, { isOnDrawing: true, tag: "A" }), { type: "delete" });
  assert.equal(commandForKey({ key: "7" }), null);
  assert.equal(commandForKey({ key: "7" }, { isOnDrawing: true, tag: "INPUT" }), null);
  assert.equal(commandForKey({ key: "7", ctrlKey: true }, { isOnDrawing: true }), null);
  assert.equal(commandForKey({ key: "7" }, { isOnDrawing: true, singleKeys: false }), null);
});

test("Space plays unless it presses a button", () => {
  assert.deepEqual(commandForKey({ key: " " }), { type: "play" });
  assert.equal(commandForKey({ key: " " }, { tag: "BUTTON" }), null);
});

test("arrows move in the grid and stay at its edges", () => {
  const grid = { count: 7, perRow: 3 };
  const way = (key) => commandForKey({ key });
  assert.equal(moveIndex(0, way("ArrowRight"), grid), 1);
  assert.equal(moveIndex(1, way("ArrowDown"), grid), 4);
  assert.equal(moveIndex(1, way("ArrowUp"), grid), 1);
  assert.equal(moveIndex(5, way("ArrowDown"), grid), 5);
  assert.equal(moveIndex(0, way("ArrowLeft"), grid), 0);
  assert.equal(moveIndex(-1, way("ArrowDown"), grid), 0);
  assert.equal(moveIndex(-1, way("ArrowDown"), { count: 0, perRow: 1 }), -1);
});

test("a moment is written as the site writes it", () => {
  assert.equal(formatMoment(new Date(2026, 10, 21, 2, 28)), "21 November 2026, 02:28");
});
