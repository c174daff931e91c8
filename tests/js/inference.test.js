/* Prediction in the browser: the bundle of the released model on our own inks. tests/ml compares it with the
   server's predictions. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseBundle, predict } from "../../static/js/inference/network.js";
import { flattenStrokes, rasterize } from "../../static/js/inference/rasterize.js";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url));
const inks = JSON.parse(read("tests/ink/digits.json"));
const network = parseBundle(new Uint8Array(read("ml/weights/inknet/browser.bin")).buffer);
const predictInk = (strokes) => predict(network, rasterize(flattenStrokes(strokes)));

test("recognizes our own digits", () => {
  const correct = inks.filter(({ label, strokes }) => predictInk(strokes).digit === label);
  assert.ok(correct.length >= 0.95 * inks.length, `${correct.length} of ${inks.length}`);
});

test("probabilities of the digits sum to 1", () => {
  for (const strokes of [inks[0].strokes, [[[1, 1]]], [[]], []]) {
    const { probabilities } = predictInk(strokes);
    assert.equal(probabilities.length, 10);
    assert.ok(Math.abs(probabilities.reduce((sum, value) => sum + value) - 1) < 1e-6);
  }
});

test("a raster does not depend on position and size", () => {
  const { strokes } = inks[0];
  const moved = strokes.map((stroke) => stroke.map(([x, y]) => [4 * x + 1000, 4 * y - 1000]));
  const difference = rasterize(flattenStrokes(moved)).map((ink, i) => Math.abs(ink - rasterize(flattenStrokes(strokes))[i]));
  assert.ok(Math.max(...difference) < 64);
});

test("refuses a bundle of another version", () => {
  const header = new TextEncoder().encode('{"version":2}   ');
  const bundle = new Uint8Array([header.length, 0, 0, 0, ...header]);
  assert.throws(() => parseBundle(bundle.buffer), /version 2/);
});
