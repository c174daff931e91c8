/* Arithmetic, texts and polling of the explanation page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pollExplanation, POLL_INTERVAL_MS, PollTimeout, POLL_TIMEOUT_MS } from "../../static/js/how/poll_explanation.js";
import { findBatchNorm } from "../../static/js/how/figures/batch_norm.js";
import { describeStep } from "../../static/js/how/figures/feature_maps.js";
import { describeAttribution } from "../../static/js/how/figures/attribution_and_counterfactual.js";
import { findMostInformative } from "../../static/js/how/figures/centering.js";
import { convolve, computeProbabilities, block2x2, randomMask, decodeMaps, decodeRasters, computeLogits, pool2x2, quantize, groupBySteps, dequantize } from "../../static/js/how/tensor_math.js";
import { formatNumber, formatPrediction, describeShape, describePooling } from "../../static/js/how/explanation_page_texts.js";

const pack = (bytes) => Buffer.from(bytes).toString("base64");
const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

test("a kernel with one 1 copies or shifts the picture", () => {
  const picture = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual([...convolve(picture, 3, [[0, 0, 0], [0, 1, 0], [0, 0, 0]])], [...picture]);
  assert.deepEqual([...convolve(picture, 3, [[0, 0, 0], [0, 0, 1], [0, 0, 0]])], [2, 3, 0, 5, 6, 0, 8, 9, 0]);
  assert.equal(convolve(picture, 3, [[1, 1, 1], [1, 1, 1], [1, 1, 1]])[4], 45);
});

test("pooling keeps the largest of four, or the first", () => {
  const picture = Float32Array.from([1, 2, 5, 0, 3, 4, 0, 0, 0, 0, 7, 8, 9, 0, 6, 5]);
  assert.deepEqual(block2x2(picture, 4, 0, 0), [1, 2, 3, 4]);
  assert.deepEqual([...pool2x2(picture, 4, "largest")], [4, 5, 9, 8]);
  assert.deepEqual([...pool2x2(picture, 4, "first")], [1, 5, 0, 7]);
});

test("signed numbers survive quantization", () => {
  const values = [-2, -1, 0, 0.5, 2];
  const back = dequantize(quantize(Float32Array.from(values)), 2);
  values.forEach((value, place) => assert.ok(Math.abs(back[place] - value) < 0.02));
  const [first, second] = decodeMaps({ size: [2, 1, 2], scale: 1, data: pack([128, 255, 1, 128]) });
  assert.deepEqual([[...first.bytes], [...second.bytes], first.width], [[128, 255], [1, 128], 2]);
  assert.equal(decodeRasters(pack(new Array(784 * 3).fill(0))).length, 3);
});

const HEAD = { weights: [[1, 0, 2], [0, 3, 0]], bias: [0.5, 0], features: [1, 1, 1], temperature: 0.5 };

test("hidden features are compensated by the others", () => {
  assert.deepEqual(computeLogits(HEAD), [3.5, 3]);
  close(computeProbabilities(HEAD)[0], 1 / (1 + Math.exp(-1)));
  const hidden = [false, false, true]; // those left count for half as much again
  close(computeProbabilities(HEAD, hidden)[0], 1 / (1 + Math.exp((4.5 - 2) / 0.5)));
  close(computeProbabilities(HEAD, hidden).reduce((a, b) => a + b), 1);
});

test("exactly as many features are hidden as requested", () => {
  assert.equal(randomMask(10, 4, Math.random).filter(Boolean).length, 4);
  assert.deepEqual(randomMask(3, 1, () => 0), [false, true, false]);
});

const layer = (kind, step, bytes) => ({ kind, step, shape: [2, 1, 2], maps: { size: [2, 1, 2], scale: bytes[0], data: pack(bytes[1]) } });

test("the batch normalization with the largest effect is shown", () => {
  const little = [layer("convolution 3x3", 0, [1, [1, 255, 1, 255]]), { ...layer("batch normalisation", 0, [1, [1, 255, 1, 255]]), shape: [2, 2, 1] }];
  const much = [layer("convolution 3x3", 1, [9, [1, 255, 1, 255]]), { ...layer("batch normalisation", 1, [1, [1, 255, 1, 255]]), shape: [2, 2, 1] }];
  assert.equal(findBatchNorm([...little, ...much]).step, 1);
  assert.equal(findBatchNorm([layer("dense", 0, [1, [1, 1, 1, 1]])]), null);
  assert.equal(groupBySteps([...little, ...much]).length, 2);
});

test("the first position is the smallest with another prediction", () => {
  const predictions = Array.from({ length: 12 }, (_, place) => ({ digit: place === 9 ? 1 : 7 }));
  const explanation = { digit: 7, positions: { predictions, across: 2, sizes: [0.9, 0.6, 0.4] } };
  assert.deepEqual(findMostInformative(explanation), { size: 2, row: 0, column: 1 });
  explanation.positions.predictions = predictions.map(() => ({ digit: 7 }));
  assert.deepEqual(findMostInformative(explanation), { size: 2, row: 0, column: 0 });
});

test("predictions, shapes and numbers are short", () => {
  assert.equal(formatPrediction({ digit: 8, confidence: 0.97, decision: "unsure" }), "Perhaps 8, 97\u00a0%");
  assert.equal(formatPrediction({ digit: null, confidence: 0.999 }), "Not a digit, 99.9\u00a0% sure");
  assert.deepEqual([describeShape([16, 28, 28]), describeShape([128]), describeShape([128, 1, 1])], ["16 maps of 28 × 28", "128 numbers", "128 numbers"]);
  assert.deepEqual([formatNumber(2), formatNumber(-1.26), formatNumber(0.125), formatNumber(-12.4)], ["2", "−1.3", "0.13", "−12"]);
  assert.match(describePooling([{ kind: "convolution 3x3, stride 2, padding 1" }]), /stride of two/);
  assert.match(describePooling([{ kind: "max pooling 2x2" }]), /max pooling/);
  assert.match(describePooling([{ kind: "dense" }]), /no pooling/);
});

test("the flattening step is named in its text", () => {
  const window = { kind: "convolution 7x7", shape: [8, 1, 1] };
  assert.deepEqual(describeStep([window, { kind: "dropout 0.2", shape: [8] }], true), ["convolution", "flatten"]);
  assert.deepEqual(describeStep([{ kind: "dense", shape: [10] }], true), ["flatten", "weighted sums"]);
  assert.deepEqual(describeStep([{ kind: "dense", shape: [10] }, { kind: "ReLU", shape: [10] }], false), ["weighted sums", "activation"]);
});

test("a counterfactual, and a missing one, are described", () => {
  const attribution = { best: 7, second: "not_a_digit", counterfactual: { touches: 1, reached: true } };
  assert.match(describeAttribution(attribution, "change"), /^One small square .* not a digit\.$/);
  attribution.counterfactual = { touches: 12, reached: false };
  assert.match(describeAttribution(attribution, "change"), /^No small change/);
  assert.match(describeAttribution(attribution, "alone"), /supported a 7/);
});

/* A fake clock: only pauses advance it. */
function clock() {
  let ms = 0;
  const pause = async (duration) => {
    ms += duration;
  };
  return { now: () => ms, pause };
}

test("polling ends with the explanation and reports progress", async () => {
  const responses = [{ state: "waiting", done: 0, of: 0 }, { state: "working", done: 1, of: 5 }, { state: "ready", explanation: { digit: 7 } }];
  const progress = [];
  const found = await pollExplanation("x", { ...clock(), call: async () => responses.shift(), onProgress: ({ done }) => progress.push(done) });
  assert.deepEqual([found, progress], [{ digit: 7 }, [0, 1]]);
});

test("polling times out without progress, and not before", async () => {
  const time = clock();
  await assert.rejects(pollExplanation("x", { ...time, call: async () => ({ state: "waiting", done: 0, of: 0 }) }), PollTimeout);
  assert.ok(time.now() > POLL_TIMEOUT_MS && time.now() <= POLL_TIMEOUT_MS + 2 * POLL_INTERVAL_MS);
  const slow = clock();
  let done = 0;
  const call = async () => {
    done += 1;
    return slow.now() > 3 * POLL_TIMEOUT_MS ? { state: "ready", explanation: 1 } : { state: "working", done, of: 999 };
  };
  assert.equal(await pollExplanation("x", { ...slow, call }), 1);
});
