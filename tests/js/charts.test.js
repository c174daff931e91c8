/* Scales, ticks and tables of charts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { extent, nearestIndex, linearScale, niceTicks, spreadLabels } from "../../static/js/charts/scale.js";
import { tableRows } from "../../static/js/charts/chart_value_table.js";

test("a linear scale maps a domain to a range", () => {
  const toY = linearScale([0, 1], [200, 0]);
  assert.deepEqual([0, 0.25, 1].map(toY), [200, 150, 0]);
});

test("a domain without extent maps to the middle", () => {
  assert.equal(linearScale([3, 3], [0, 10])(3), 5);
});

test("ticks are round and enclose the values", () => {
  assert.deepEqual(niceTicks([0.312, 0.339], 5), [0.31, 0.32, 0.33, 0.34]);
  assert.deepEqual(niceTicks([0, 12], 5), [0, 5, 10, 15]);
  for (const [low, high] of [[0.9871, 0.9993], [-3, 900], [0.00001, 0.00002]]) {
    const ticks = niceTicks([low, high], 5);
    assert.ok(ticks[0] <= low && ticks.at(-1) >= high);
    assert.ok(ticks.length >= 3 && ticks.length <= 8, `${ticks}`);
  }
});

test("a single value has ticks", () => {
  assert.ok(niceTicks([0.5, 0.5]).length >= 2);
  assert.ok(niceTicks([0, 0]).length >= 2);
});

test("an extent ignores values that are not finite", () => {
  assert.deepEqual(extent([2, NaN, 1, Infinity]), [1, 2]);
  assert.equal(extent([]), null);
});

test("the nearest point is found inside and beyond the ends", () => {
  const points = [[0, 9], [1, 9], [4, 9]];
  assert.deepEqual([-5, 0.4, 0.6, 3, 90].map((x) => nearestIndex(points, x)), [0, 0, 1, 2, 2]);
  assert.equal(nearestIndex([], 1), -1);
});

test("a table has a row for each x and null where a series has no point", () => {
  const series = [{ points: [[1, 0.5], [2, 0.6]] }, { points: [[2, 0.9], [3, 1]] }];
  assert.deepEqual(tableRows(series), [[1, [0.5, null]], [2, [0.6, 0.9]], [3, [null, 1]]]);
});

test("labels that would overlap move apart, in their order and within the chart", () => {
  assert.deepEqual(spreadLabels([50, 10], 13, [0, 100]), [50, 10]);
  assert.deepEqual(spreadLabels([20, 22, 21], 13, [0, 100]), [20, 46, 33]);
  assert.deepEqual(spreadLabels([99, 98, 97], 13, [0, 100]), [100, 87, 74]);
  assert.deepEqual(spreadLabels([], 13, [0, 100]), []);
});
