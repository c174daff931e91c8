/* What the page says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyDrawing } from "../../../static/js/draw/drawing.js";
import { answerWords, describeRecent, percent, formatLatency, verdictWords } from "../../../static/js/draw/text.js";

const open = { name: "open" };
const answer = { revision: 1, verdict: "digit", digit: 8, confidence: 0.93 };
const drawing = { ...emptyDrawing("r"), revision: 1, strokes: [[[1, 1]]] };

test("each verdict has its own words", () => {
  assert.deepEqual(verdictWords(answer), { title: "An 8", note: "93\u00a0% sure. Is it right?" });
  assert.equal(verdictWords({ ...answer, verdict: "unsure" }).title, "Perhaps an 8");
  assert.equal(verdictWords({ ...answer, verdict: "not_a_digit", digit: null }).title, "Not a digit");
});

test("it says what it waits for", () => {
  assert.equal(answerWords(emptyDrawing("r"), open).note, "The answer appears here.");
  assert.equal(answerWords(drawing, open).title, "Reading…");
  assert.match(answerWords({ ...drawing, slow: 1 }, open).note, /longer than usual/);
  assert.match(answerWords(drawing, { name: "lost" }).note, /when you are connected again/);
});

test("what was said stands above what was read", () => {
  const words = answerWords({ ...drawing, answer, label: 3 }, open);
  assert.deepEqual(words, { title: "You said: a 3", note: "The network read an 8, 93\u00a0% sure." });
  assert.equal(answerWords({ ...drawing, answer, label: 8 }, open).title, "Yes, an 8");
});

test("a failure without words of ours uses the server's", () => {
  const problem = { revision: 1, code: "other", detail: "The pen was dry." };
  assert.equal(answerWords({ ...drawing, problem }, open).note, "The pen was dry.");
});

test("nobody is told that something is 100 % sure", () => {
  assert.equal(percent(1), "over 99.9\u00a0%");
  assert.equal(percent(0.9962), "99.6\u00a0%");
  assert.equal(percent(0.42), "42\u00a0%");
});

test("times are short", () => {
  assert.deepEqual([null, 0.62, 14.4, 1234, 65_000].map(formatLatency), ["–", "0.6 ms", "14 ms", "1.2 s", "65 s"]);
});

test("an item of the strip shows the label before the answer", () => {
  const item = { status: "recognized", label: null, prediction: { verdict: "digit", digit: 4 } };
  assert.equal(describeRecent(item), "4");
  assert.equal(describeRecent({ ...item, label: 9 }), "9");
  assert.equal(describeRecent({ ...item, prediction: { verdict: "unsure", digit: 4 } }), "4?");
  assert.equal(describeRecent({ ...item, prediction: null, status: "queued" }), "…");
});
