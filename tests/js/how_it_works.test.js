/* The arithmetic and the words of the page that explains, and how it waits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pollExplanation, POLL_INTERVAL_MS, PollTimeout, POLL_TIMEOUT_MS } from "../../static/js/how/poll_explanation.js";
import { findBatchNorm } from "../../static/js/how/figures/batch_norm.js";
import { wordsOn } from "../../static/js/how/figures/feature_maps.js";
import { describeAttribution } from "../../static/js/how/figures/attribution.js";
import { findMostInformative } from "../../static/js/how/figures/centering.js";
import { convolve, computeProbabilities, pool2x2, randomMask, decodeMaps, decodeRasters, computeLogits, downsample, quantize, groupBySteps, dequantize } from "../../static/js/how/tensor_math.js";
import { answerWords, number, percent, describeShape, describePooling } from "../../static/js/how/text.js";

const pack = (bytes) => Buffer.from(bytes).toString("base64");
const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

test("a window with a single one in its middle gives the picture back, one beside it shifts it", () => {
  const picture = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual([...convolve(picture, 3, [[0, 0, 0], [0, 1, 0], [0, 0, 0]])], [...picture]);
  assert.deepEqual([...convolve(picture, 3, [[0, 0, 0], [0, 0, 1], [0, 0, 0]])], [2, 3, 0, 5, 6, 0, 8, 9, 0]);
  assert.equal(convolve(picture, 3, [[1, 1, 1], [1, 1, 1], [1, 1, 1]])[4], 45);
});

test("of every four the largest is kept, or the first", () => {
  const picture = Float32Array.from([1, 2, 5, 0, 3, 4, 0, 0, 0, 0, 7, 8, 9, 0, 6, 5]);
  assert.deepEqual(pool2x2(picture, 4, 0, 0), [1, 2, 3, 4]);
  assert.deepEqual([...downsample(picture, 4, "largest")], [4, 5, 9, 8]);
  assert.deepEqual([...downsample(picture, 4, "first")], [1, 5, 0, 7]);
});

test("numbers of any sign survive their journey as bytes", () => {
  const values = [-2, -1, 0, 0.5, 2];
  const back = dequantize(quantize(Float32Array.from(values)), 2);
  values.forEach((value, place) => assert.ok(Math.abs(back[place] - value) < 0.02));
  const [first, second] = decodeMaps({ size: [2, 1, 2], scale: 1, data: pack([128, 255, 1, 128]) });
  assert.deepEqual([[...first.bytes], [...second.bytes], first.wide], [[128, 255], [1, 128], 2]);
  assert.equal(decodeRasters(pack(new Array(784 * 3).fill(0))).length, 3);
});

const HEAD = { weights: [[1, 0, 2], [0, 3, 0]], bias: [0.5, 0], features: [1, 1, 1], temperature: 0.5 };

test("with nothing hidden the last layer answers as it does, and what is left counts for what is hidden", () => {
  assert.deepEqual(computeLogits(HEAD), [3.5, 3]);
  close(computeProbabilities(HEAD)[0], 1 / (1 + Math.exp(-1)));
  const hidden = [false, false, true]; // those left count for half as much again
  close(computeProbabilities(HEAD, hidden)[0], 1 / (1 + Math.exp((4.5 - 2) / 0.5)));
  close(computeProbabilities(HEAD, hidden).reduce((a, b) => a + b), 1);
});

test("exactly as many are hidden as asked for", () => {
  assert.equal(randomMask(10, 4, Math.random).filter(Boolean).length, 4);
  assert.deepEqual(randomMask(3, 1, () => 0), [false, true, false]);
});

const layer = (kind, step, bytes) => ({ kind, step, shape: [2, 1, 2], maps: { size: [2, 1, 2], scale: bytes[0], data: pack(bytes[1]) } });

test("the normalisation that does most is shown; a network without any has none", () => {
  const little = [layer("convolution 3x3", 0, [1, [1, 255, 1, 255]]), { ...layer("batch normalisation", 0, [1, [1, 255, 1, 255]]), shape: [2, 2, 1] }];
  const much = [layer("convolution 3x3", 1, [9, [1, 255, 1, 255]]), { ...layer("batch normalisation", 1, [1, [1, 255, 1, 255]]), shape: [2, 2, 1] }];
  assert.equal(findBatchNorm([...little, ...much]).step, 1);
  assert.equal(findBatchNorm([layer("dense", 0, [1, [1, 1, 1, 1]])]), null);
  assert.equal(groupBySteps([...little, ...much]).length, 2);
});

test("the sheet begins where the answer is another, the smallest and last of them", () => {
  const answers = Array.from({ length: 12 }, (_, place) => ({ digit: place === 9 ? 1 : 7 }));
  const reading = { digit: 7, places: { answers, across: 2, sizes: [0.9, 0.6, 0.4] } };
  assert.deepEqual(findMostInformative(reading), { size: 2, row: 0, column: 1 });
  reading.places.answers = answers.map(() => ({ digit: 7 }));
  assert.deepEqual(findMostInformative(reading), { size: 2, row: 0, column: 0 });
});

test("answers, shapes and numbers are said shortly", () => {
  assert.equal(answerWords({ digit: 8, confidence: 0.97, verdict: "unsure" }), "Perhaps an 8, 97 % sure");
  assert.equal(answerWords({ digit: null, confidence: 0.999 }), "Not a digit, over 99 % sure");
  assert.deepEqual([percent(1), percent(0), percent(0.001)], ["100 %", "0 %", "under 1 %"]);
  assert.deepEqual([describeShape([16, 28, 28]), describeShape([128]), describeShape([128, 1, 1])], ["16 maps of 28 × 28", "128 numbers", "128 numbers"]);
  assert.deepEqual([number(2), number(-1.26), number(0.125), number(-12.4)], ["2", "−1.3", "0.13", "−12"]);
  assert.match(describePooling([{ kind: "convolution 3x3, stride 2, padding 1" }]), /two dots at a time/);
  assert.match(describePooling([{ kind: "max pooling 2x2" }]), /largest/);
  assert.match(describePooling([{ kind: "dense" }]), /without/);
});

test("flattening is said where the maps become a row of numbers", () => {
  const window = { kind: "convolution 7x7", shape: [8, 1, 1] };
  assert.deepEqual(wordsOn([window, { kind: "dropout 0.2", shape: [8] }], true), ["window", "laid end to end"]);
  assert.deepEqual(wordsOn([{ kind: "dense", shape: [10] }], true), ["laid end to end", "weighed sums"]);
  assert.deepEqual(wordsOn([{ kind: "dense", shape: [10] }, { kind: "ReLU", shape: [10] }], false), ["weighed sums", "positives kept"]);
});

test("what would change it is said, and that nothing small would", () => {
  const decision = { best: 7, second: "not_a_digit", change: { touches: 1, reached: true } };
  assert.match(describeAttribution(decision, "change"), /^One little square .* no digit\.$/);
  decision.change = { touches: 12, reached: false };
  assert.match(describeAttribution(decision, "change"), /^Nothing small/);
  assert.match(describeAttribution(decision, "alone"), /for a 7/);
});

/* A clock that only pauses move. */
function clock() {
  let ms = 0;
  return { now: () => ms, pause: async (more) => void (ms += more) };
}

test("it asks again until the explanation is there, and tells how far it is", async () => {
  const answers = [{ state: "waiting", done: 0, of: 0 }, { state: "working", done: 1, of: 5 }, { state: "ready", explanation: { digit: 7 } }];
  const heard = [];
  const found = await pollExplanation("x", { ...clock(), call: async () => answers.shift(), onProgress: ({ done }) => heard.push(done) });
  assert.deepEqual([found, heard], [{ digit: 7 }, [0, 1]]);
});

test("without any news it gives up after a while, and not before", async () => {
  const time = clock();
  await assert.rejects(pollExplanation("x", { ...time, call: async () => ({ state: "waiting", done: 0, of: 0 }) }), PollTimeout);
  assert.ok(time.now() > POLL_TIMEOUT_MS && time.now() <= POLL_TIMEOUT_MS + 2 * POLL_INTERVAL_MS);
  const slow = clock();
  let done = 0;
  const call = async () => (slow.now() > 3 * POLL_TIMEOUT_MS ? { state: "ready", explanation: 1 } : { state: "working", done: (done += 1), of: 999 });
  assert.equal(await pollExplanation("x", { ...slow, call }), 1);
});
