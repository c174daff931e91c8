/* Daily drift statistics as chart series. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { modelChangeMarks, classShares, seriesPoints, formatDay } from "../../static/js/drift/daily_chart_series.js";

const day = (date, predicted, fields = {}) => ({ date, predicted, classes: [predicted, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], ...fields });
const DAYS = [day("2026-06-01", 4, { unsure: 0.5 }), day("2026-06-02", 0, { unsure: null }), day("2026-06-03", 2, { unsure: 0 })];

test("a day without a value has no point, a value of 0 has one", () => {
  assert.deepEqual(seriesPoints(DAYS, "unsure"), [[0, 0.5], [2, 0]]);
});

test("class shares are fractions of the day's predictions", () => {
  const mix = classShares(DAYS);
  assert.equal(mix.length, 11);
  assert.deepEqual(mix[0].points, [[0, 1], [2, 1]]);
  assert.deepEqual(mix[10].points, [[0, 0], [2, 0]]);
});

test("a change of the champion is marked, the first champion is not", () => {
  const models = [
    { since: "2026-05-01T10:00:00+00:00", model: "first@0123" },
    { since: "2026-06-02T12:00:00+00:00", model: "second@4567" },
  ];
  assert.deepEqual(modelChangeMarks(DAYS, models), [{ x: 1, name: "second" }]);
});

test("dates are short", () => {
  assert.deepEqual([formatDay("2026-06-03"), formatDay(undefined)], ["3 Jun", ""]);
});
