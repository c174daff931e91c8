/* Texts of the drawing page. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { topClasses } from "../../../static/js/draw/side_by_side_state.js";
import { emptyDrawing } from "../../../static/js/draw/drawing_reducer.js";
import { describeDrawing, describeMissingPicture, describeRecent, formatLatency, describePrediction } from "../../../static/js/draw/drawing_page_texts.js";
import { bestLabels, formatConfidence, formatPercent, formatShortPrediction, shownProbabilities, withArticle } from "../../../static/js/format_percent_and_labels.js";

const open = { name: "open" };
const prediction = { revision: 1, decision: "digit", digit: 8, confidence: 0.93 };
const drawing = { ...emptyDrawing("r"), revision: 1, strokes: [[[1, 1]]] };

test("each decision has its own text", () => {
  assert.deepEqual(describePrediction(prediction), { title: "An 8", note: "93\u00a0% sure." });
  assert.equal(describePrediction({ ...prediction, decision: "not_a_digit", digit: null }).title, "Not a digit");
});

test("the note of a waiting drawing names the reason", () => {
  assert.equal(describeDrawing(emptyDrawing("r"), open).note, "The prediction appears here.");
  assert.equal(describeDrawing(drawing, open).title, "Recognizing…");
  assert.match(describeDrawing({ ...drawing, slowRevision: 1 }, open).note, /longer than usual/);
  assert.match(describeDrawing(drawing, { name: "lost" }).note, /when you are connected again/);
});

test("a claim is shown above the prediction", () => {
  const words = describeDrawing({ ...drawing, prediction, claim: 3 }, open);
  assert.deepEqual(words, { title: "Your label: a 3", note: "Predicted: 8, 93\u00a0% sure." });
  assert.equal(describeDrawing({ ...drawing, prediction, claim: 8 }, open).title, "Yes, an 8");
});

test("a problem without a text uses the server's", () => {
  const problem = { revision: 1, code: "other", detail: "Out of ink." };
  assert.equal(describeDrawing({ ...drawing, problem }, open).note, "Out of ink.");
});

const TEXTS = JSON.parse(readFileSync(new URL("../../views/confidence_texts.json", import.meta.url), "utf8"));
for (const [confidence, text] of TEXTS) {
  test(`the confidence ${confidence} is shown as ${text}`, () => assert.equal(formatConfidence(confidence), text.replace(" %", "\u00a0%")));
}

const PREDICTIONS = JSON.parse(readFileSync(new URL("../../views/shown_probabilities.json", import.meta.url), "utf8"));
for (const { texts, ...shown } of PREDICTIONS) {
  test(`eleven bars: ${shown.decision} ${shown.digit} with ${shown.confidence}`, () => {
    const bars = shownProbabilities(shown).map(formatConfidence);
    assert.deepEqual(bars, texts.map((text) => text.replace(" %", "\u00a0%")));
    if (shown.confidence > 0) assert.equal(bars[shown.digit ?? 10], formatConfidence(shown.confidence));
  });
}

test("a side-by-side row has the confidence of its prediction", () => {
  const [best] = topClasses(PREDICTIONS[0]);
  assert.deepEqual([best.digit, formatConfidence(best.probability)], [7, "98\u00a0%"]);
});

test("an unsure prediction names its two candidates and their bars", () => {
  const sevenOrOne = PREDICTIONS[2];
  assert.deepEqual(bestLabels(sevenOrOne).map(({ label }) => label), [7, 1]);
  assert.deepEqual(describePrediction(sevenOrOne), { title: "7 or 1?", note: "55\u00a0% or 37\u00a0%." });
  const rejected = { ...sevenOrOne, confidence: 0.3 };
  assert.deepEqual(describePrediction(rejected).title, "Not a digit or 7?");
  assert.equal(formatShortPrediction(sevenOrOne), "perhaps 7, 55\u00a0%");
});

test("latencies are short", () => {
  assert.deepEqual([null, 0.62, 14.4, 1234, 65_000].map(formatLatency), ["–", "0.6 ms", "14 ms", "1.2 s", "65 s"]);
});

test("a recent drawing shows the claim before the prediction", () => {
  const item = { status: "recognized", claim: null, prediction: { decision: "digit", digit: 4 } };
  assert.equal(describeRecent(item), "4");
  assert.equal(describeRecent({ ...item, claim: 9 }), "9");
  assert.equal(describeRecent({ ...item, prediction: { decision: "unsure", digit: 4 } }), "4?");
  assert.equal(describeRecent({ ...item, prediction: null, status: "queued" }), "…");
});

test("percentages and articles", () => {
  assert.deepEqual([formatPercent(0.256), formatPercent(0.256, 1)], ["26\u00a0%", "25.6\u00a0%"]);
  assert.deepEqual([8, 1, "not_a_digit", null].map(withArticle), ["an 8", "a 1", "not a digit", "not a digit"]);
});

test("a picture without a raster has a reason", () => {
  assert.equal(describeMissingPicture({ status: "failed", error: "unreadable" }), "This file is not a supported image. Use PNG, JPEG or WebP.");
  assert.equal(describeMissingPicture({ status: "failed", error: "worker_died" }), "Recognition failed. Try again or redraw.");
  assert.equal(describeMissingPicture({ status: "queued" }), "Not recognized yet.");
});
