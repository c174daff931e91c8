/* Side by side: when to request, and the text of the rows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { comparisonRows, describeComparison, describeRow, pendingRequest, topClasses } from "../../../static/js/draw/side_by_side_state.js";
import { initialState, reduce } from "../../../static/js/draw/page_state_reducer.js";

const MODELS = ["inknet@aaaaaa111111", "fnn@bbbbbb222222", "mlp@cccccc333333"];
const receive = (message) => ({ type: "message", message, at: 0, ref: "fresh" });
const drew = { type: "strokeEnded", stroke: [[1, 1, 0, 0.5]], pointer: "mouse" };
const opened = { type: "connection", status: { name: "open" } };
const on = { type: "sideBySideSwitched", isOn: true };
const probabilities = (digit) => Array.from({ length: 10 }, (_, one) => (one === digit ? 0.91 : 0.01));
const predicts = (digit, decision = "digit") => ({ decision, digit, confidence: 0.9, probabilities: probabilities(digit ?? 1) });
const predicted = (revision, prediction = predicts(7)) =>
  receive({ type: "prediction", id: "id-1", ref: "ref-1", revision, cursor: revision, model: MODELS[0], ...prediction });
const compared = (revision, fnn = predicts(7), mlp = predicts(7)) =>
  receive({ type: "side_by_side", id: "id-1", revision, predictions: [{ model: MODELS[1], rejects: false, ...fnn }, { model: MODELS[2], ...mlp }] });
const failed = (code) => receive({ type: "side_by_side", id: "id-1", revision: 1, predictions: null, code, detail: "…" });
const after = (...events) => [{ type: "sideBySideModelsSet", models: MODELS }, ...events].reduce(reduce, initialState("ref-1"));
const states = (state) => comparisonRows(state).map((row) => row.state);

test("a request is sent once, with a prediction, while switched on", () => {
  assert.equal(pendingRequest(after(opened, drew, predicted(1))), null);
  assert.equal(pendingRequest(after(opened, on, drew)), null);
  assert.equal(pendingRequest(after(on, drew, predicted(1))), null);
  const state = after(opened, on, drew, predicted(1));
  const request = pendingRequest(state);
  assert.deepEqual(request, { id: "id-1", revision: 1 });
  const requested = reduce(state, { type: "sideBySideRequested", ...request });
  assert.equal(pendingRequest(requested), null);
  assert.equal(pendingRequest(reduce(requested, compared(1))), null);
});

test("a request is repeated after a lost connection or a timeout", () => {
  const requested = after(opened, on, drew, predicted(1), { type: "sideBySideRequested", id: "id-1", revision: 1 });
  const back = [{ type: "connection", status: { name: "lost" } }, opened].reduce(reduce, requested);
  assert.deepEqual(pendingRequest(back), { id: "id-1", revision: 1 });
  const late = reduce(requested, failed("delayed"));
  assert.equal(pendingRequest(late), null);
  assert.deepEqual(pendingRequest(reduce(late, { type: "sideBySideTimedOut", id: "id-1", revision: 1 })), { id: "id-1", revision: 1 });
  assert.equal(pendingRequest(reduce(late, { type: "sideBySideTimedOut", id: "id-1", revision: 9 })), null);
});

test("the rows keep their order, the champion first", () => {
  const order = (state) => comparisonRows(state).map(({ model }) => model);
  for (const events of [[], [drew], [drew, predicted(1)], [drew, predicted(1), compared(1)], [drew, predicted(1), compared(1), drew]]) {
    assert.deepEqual(order(after(opened, on, ...events)), MODELS);
  }
});

test("each row shows its agreement, and old rows stay until new ones arrive", () => {
  const state = after(opened, on, drew, predicted(1), compared(1, predicts(1)));
  assert.deepEqual(states(state), ["champion", "differs", "agrees"]);
  const more = reduce(state, drew);
  assert.deepEqual(comparisonRows(more).map((row) => Boolean(row.isOld)), [true, true, true]);
  const old = [predicted(2), compared(2), compared(1, predicts(1))].reduce(reduce, more);
  assert.deepEqual(states(old), ["champion", "agrees", "agrees"]);
});

test("no result of the last drawing is shown next to the next one", () => {
  const next = after(opened, on, drew, predicted(1), compared(1), { type: "newDrawing", ref: "ref-2" });
  assert.deepEqual(states(next), ["empty", "empty", "empty"]);
  assert.deepEqual(states(reduce(next, drew)), ["waiting", "waiting", "waiting"]);
});

test("the summary counts agreements and failures", () => {
  const words = (...events) => describeComparison(after(opened, on, ...events)).text;
  assert.equal(words(), "Draw a digit to compare the models.");
  assert.equal(words(drew, predicted(1)), "Running the models…");
  assert.equal(words(drew, predicted(1), failed("delayed")), "The models are taking longer than usual.");
  assert.equal(words(drew, predicted(1), failed("unavailable")), "The models are not available right now. Retrying soon.");
  assert.equal(words(drew, predicted(1), compared(1)), "All 2 agree.");
  assert.equal(words(drew, predicted(1), compared(1, predicts(1))), "1 of 2 agree.");
  assert.equal(words(drew, predicted(1), compared(1, predicts(1), predicts(2))), "None of the 2 agree.");
  assert.equal(words(drew, predicted(1), compared(1, { code: "cannot_load" })), "The other model agrees. 1 failed.");
});

test("the panel shows a text if no other model is selected", () => {
  const none = receive({ type: "side_by_side", id: "id-1", revision: 1, predictions: [] });
  const state = after(opened, on, drew, predicted(1), none);
  assert.equal(describeComparison(state).text, "No other model is selected.");
  assert.equal(comparisonRows(state).length, 1);
});

test("a digits-only model is marked for a non-digit", () => {
  const state = after(opened, on, drew, predicted(1, predicts(null, "not_a_digit")), compared(1, predicts(5), predicts(5)));
  const words = comparisonRows(state).map((row) => describeRow(row, state.drawing.prediction));
  assert.deepEqual(words, ["champion", "digits only", "differs"]);
});

test("a refused request removes no claim", () => {
  const claimed = after(opened, drew, predicted(1), { type: "claimed", claim: 7 }, receive({ type: "label", id: "id-1", claim: 7 }));
  const refused = reduce(claimed, receive({ type: "error", id: "id-1", code: "rate_limited", detail: "…" }));
  assert.equal(refused.drawing.claim, 7);
});

test("the most probable digits are first", () => {
  assert.deepEqual(topClasses(predicts(7)).map(({ digit }) => digit), [7, 0, 1]);
});
