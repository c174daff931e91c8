/* Days of drawings as the charts of drift take them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { modelChangeMarks, classShares, seriesPoints, formatDay } from "../../static/js/drift/series.js";

const day = (date, answered, fields = {}) => ({ date, answered, classes: [answered, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], ...fields });
const DAYS = [day("2026-06-01", 4, { unsure: 0.5 }), day("2026-06-02", 0, { unsure: null }), day("2026-06-03", 2, { unsure: 0 })];

test("a day without the figure has no point, a figure of nought has one", () => {
  assert.deepEqual(seriesPoints(DAYS, "unsure"), [[0, 0.5], [2, 0]]);
});

test("shares are of the day's answers, and days without any have none", () => {
  const mix = classShares(DAYS);
  assert.equal(mix.length, 11);
  assert.deepEqual(mix[0].points, [[0, 1], [2, 1]]);
  assert.deepEqual(mix[10].points, [[0, 0], [2, 0]]);
});

test("a line stands where another network began, and none for the one from before", () => {
  const models = [
    { since: "2026-05-01T10:00:00+00:00", model: "first@0123" },
    { since: "2026-06-02T12:00:00+00:00", model: "second@4567" },
  ];
  assert.deepEqual(modelChangeMarks(DAYS, models), [{ x: 1, name: "second" }]);
});

test("dates are said shortly", () => {
  assert.deepEqual([formatDay("2026-06-03"), formatDay(undefined)], ["3 Jun", ""]);
});
