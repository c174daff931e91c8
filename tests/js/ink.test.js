/* Ink as curves and SVG. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { smoothStroke } from "../../static/js/ink/smooth_stroke.js";
import { inkBounds, squareAround, svgPath } from "../../static/js/ink/ink_to_svg.js";

test("a stroke without points has no curve", () => {
  assert.deepEqual(smoothStroke([]), []);
});

test("one point is a dot", () => {
  const [dot] = smoothStroke([[3, 4, 0, 0.7]]);
  assert.deepEqual([dot.from.slice(0, 2), dot.to.slice(0, 2)], [[3, 4], [3, 4]]);
  assert.equal(svgPath([[[3, 4]]]), "M3 4Q3 4 3 4");
});

test("two points are a straight line", () => {
  assert.equal(svgPath([[[0, 0], [10, 20]]]), "M0 0Q5 10 10 20");
});

test("a curve starts and ends at the first and last sample", () => {
  const samples = Array.from({ length: 30 }, (_, i) => [i * 7, Math.sin(i) * 40]);
  const pieces = smoothStroke(samples);
  assert.deepEqual(pieces[0].from, samples[0]);
  assert.deepEqual(pieces.at(-1).to, samples.at(-1));
});

test("pieces join without a gap", () => {
  const pieces = smoothStroke([[0, 0], [5, 9], [9, 1], [14, 7], [20, 2]]);
  for (let i = 1; i < pieces.length; i += 1) assert.deepEqual(pieces[i].from, pieces[i - 1].to);
});

test("pressure is kept, and 0 becomes 0.5", () => {
  const [piece] = smoothStroke([[0, 0, 0, 0.9], [1, 1, 5, 0.8], [2, 2, 9, 0]]);
  assert.equal(piece.pressure, 0.8);
  assert.equal(smoothStroke([[0, 0, 0, 0], [4, 4, 1, 0]])[0].pressure, 0.5);
});

test("several strokes are one path", () => {
  assert.equal(svgPath([[[0, 0], [2, 0]], [], [[5, 5]]]), "M0 0Q1 0 2 0M5 5Q5 5 5 5");
});

test("the bounds contain all strokes, an empty drawing has none", () => {
  assert.deepEqual(inkBounds([[[1, 5], [4, 2]], [[-3, 9]]]), { x: -3, y: 2, width: 7, height: 7 });
  assert.equal(inkBounds([]), null);
});

test("a tall drawing is centred in a square with a margin", () => {
  const { x, y, side } = squareAround([[[50, 0], [50, 100]]]);
  assert.equal(side, 128);
  assert.equal(x + side / 2, 50);
  assert.equal(y + side / 2, 50);
});

test("200,000 points do not overflow the stack", () => {
  const stroke = Array.from({ length: 200_000 }, (_, i) => [i, i % 7]);
  assert.equal(inkBounds([stroke]).width, 199_999);
});
