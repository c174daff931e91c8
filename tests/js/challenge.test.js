/* The reducer of the challenge page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { canSend, describeResult, elapsedMs, formatPrompt, INITIAL, listMarks, reduceChallenge } from "../../static/js/challenge/challenge_reducer.js";

const STROKE = [[0, 0], [10, 10]];
const RESULT = { position: 0, digit: 7, state: /** @type {const} */ ("misread"), predicted: 1 };
const CHALLENGE = {
  id: "a",
  state: /** @type {const} */ ("open"),
  prompts: 10,
  prompt: { position: 1, digit: 4 },
  results: [RESULT],
  elapsed_ms: 2000,
};

const reduce = (/** @type {any[]} */ ...events) => events.reduce(reduceChallenge, INITIAL);
const received = { type: "received", challenge: CHALLENGE, now: 500 };
const stroke = { type: "stroke", stroke: STROKE, pointer: "pen" };

test("a drawing can be sent once it has a stroke, and not twice", () => {
  assert.equal(canSend(reduce(received)), false);
  assert.equal(canSend(reduce(received, stroke)), true);
  assert.equal(canSend(reduce(received, stroke, { type: "waiting" })), false);
});

test("undo and clear change the drawing, but not while it is sent", () => {
  assert.equal(reduce(received, stroke, stroke, { type: "undo" }).strokes.length, 1);
  assert.equal(reduce(received, stroke, { type: "clear" }).strokes.length, 0);
  assert.equal(reduce(received, stroke, { type: "waiting" }, { type: "clear" }).strokes.length, 1);
});

test("a failed request keeps the drawing and shows why", () => {
  const state = reduce(received, stroke, { type: "waiting" }, { type: "failed", text: "No connection." });
  assert.deepEqual([state.strokes.length, state.error, canSend(state)], [1, "No connection.", true]);
});

test("the next prompt starts with an empty canvas", () => {
  assert.deepEqual(reduce(received, stroke, received).strokes, []);
});

test("the clock continues from the time of the server", () => {
  assert.equal(elapsedMs(reduce(received), 1500), 3000);
  assert.equal(elapsedMs(reduce({ ...received, challenge: { ...CHALLENGE, prompt: null } }), 9000), 2000);
});

test("marks show the results and the current prompt", () => {
  const states = listMarks(CHALLENGE).map(({ state }) => state);
  assert.deepEqual(states.slice(0, 3), ["misread", "current", "open"]);
  assert.equal(states.length, 10);
});

test("a prompt has the article of its digit", () => {
  assert.deepEqual([7, 8].map((digit) => formatPrompt({ position: 0, digit })), ["Draw a 7", "Draw an 8"]);
});

test("results are described in words", () => {
  assert.equal(describeResult(RESULT), "✗ 7 was misread as 1.");
  assert.equal(describeResult({ ...RESULT, predicted: "not_a_digit" }), "✗ 7 was misread as not a digit.");
  assert.equal(describeResult({ ...RESULT, state: "recognized", predicted: 7 }), "✓ 7 was recognized.");
  assert.equal(describeResult(undefined), "");
});
