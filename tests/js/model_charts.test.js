/* The charts of a model page. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { formatAxisPercent } from "../../static/js/format_percent_and_labels.js";
import { buildModelCharts } from "../../static/js/models/model_chart_specs.js";

const CHANGES = { rotation: { title: "Rotation", x: "degrees", sign: "°", usual: 0 } };
const SETS = { mnist: "MNIST" };

function model(name, fields = {}) {
  return {
    name,
    loss: [[1, 0.5], [2, 0.25]],
    accuracy: { mnist: [[1, 0.9], [2, 0.95]] },
    robustness: { rotation: [[-45, 0.62], [0, 0.99], [45, 0.7]] },
    calibration: [[0.93, 0.91], [0.999, 1]],
    ...fields,
  };
}

test("one model has one accuracy chart, two models have one for each set", () => {
  const alone = buildModelCharts({ models: [model("a")], sets: SETS, changes: CHANGES });
  assert.deepEqual(alone.accuracy.data.series, [{ name: "MNIST", points: [[1, 0.9], [2, 0.95]] }]);
  const both = buildModelCharts({ models: [model("a"), model("b")], sets: SETS, changes: CHANGES });
  assert.deepEqual(both["accuracy:mnist"].data.series.map((one) => one.name), ["a", "b"]);
  assert.equal(both.accuracy, undefined);
});

test("robustness ticks are at measured points", () => {
  const { rotation } = buildModelCharts({ models: [model("a")], sets: SETS, changes: CHANGES });
  assert.deepEqual(rotation.options.y.map((y) => y.toFixed(3)), ["0.600", "1.000"]);
  assert.deepEqual(rotation.options.xTicks, [-45, 45]);
  assert.equal(rotation.options.formatX(-45), "−45°");
});

test("a model without measurements has empty charts", () => {
  const bare = { name: "a", loss: [], accuracy: {}, robustness: {}, calibration: [] };
  for (const models of [[bare], [bare, bare]]) {
    const charts = buildModelCharts({ models, sets: {}, changes: CHANGES });
    for (const { data } of Object.values(charts)) assert.ok(data.series.every((one) => !one.points.length));
  }
});

test("axis percentages have as many digits as the step needs", () => {
  assert.deepEqual([0.2, 0.025, 0.0025].map((step) => formatAxisPercent(0.975, step)), ["98\u00a0%", "97.5\u00a0%", "97.50\u00a0%"]);
});
