/* The models side by side: what is asked, when, and what the rows say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeComparison, pendingRequest, rowsOf, rowWords, shortNames, topOf } from "../../../static/js/draw/side_by_side.js";
import { initialState, reduce } from "../../../static/js/draw/state.js";

const MODELS = ["inknet@aaaaaa111111", "fnn@bbbbbb222222", "mlp@cccccc333333"];
const heard = (message) => ({ type: "message", message, at: 0, ref: "fresh" });
const drew = { type: "strokeEnded", stroke: [[1, 1, 0, 0.5]], pointer: "mouse" };
const opened = { type: "connection", status: { name: "open" } };
const on = { type: "sideBySideSwitched", isOn: true };
const shares = (digit) => Array.from({ length: 10 }, (_, one) => (one === digit ? 0.91 : 0.01));
const says = (digit, verdict = "digit") => ({ verdict, digit, confidence: 0.9, probabilities: shares(digit ?? 1) });
const answered = (revision, answer = says(7)) =>
  heard({ type: "prediction", id: "id-1", ref: "ref-1", revision, cursor: revision, model: MODELS[0], ...answer });
const read = (revision, fnn = says(7), mlp = says(7)) =>
  heard({ type: "beside", id: "id-1", revision, answers: [{ model: MODELS[1], rejects: false, ...fnn }, { model: MODELS[2], ...mlp }] });
const silent = (code) => heard({ type: "beside", id: "id-1", revision: 1, answers: null, code, detail: "…" });
const after = (...events) => [{ type: "sideBySideModelsSet", models: MODELS }, ...events].reduce(reduce, initialState("ref-1"));
const states = (state) => rowsOf(state).map((row) => row.state);

test("only an answered drawing is asked for, once, and only while it is switched on", () => {
  assert.equal(pendingRequest(after(opened, drew, answered(1))), null);
  assert.equal(pendingRequest(after(opened, on, drew)), null);
  assert.equal(pendingRequest(after(on, drew, answered(1))), null);
  const state = after(opened, on, drew, answered(1));
  const question = pendingRequest(state);
  assert.deepEqual(question, { id: "id-1", revision: 1 });
  const asked = reduce(state, { type: "sideBySideRequested", ...question });
  assert.equal(pendingRequest(asked), null);
  assert.equal(pendingRequest(reduce(asked, read(1))), null);
});

test("what a lost connection or a busy background left open is asked again", () => {
  const asked = after(opened, on, drew, answered(1), { type: "sideBySideRequested", id: "id-1", revision: 1 });
  const back = [{ type: "connection", status: { name: "lost" } }, opened].reduce(reduce, asked);
  assert.deepEqual(pendingRequest(back), { id: "id-1", revision: 1 });
  const late = reduce(asked, silent("late"));
  assert.equal(pendingRequest(late), null);
  assert.deepEqual(pendingRequest(reduce(late, { type: "sideBySideTimedOut", id: "id-1", revision: 1 })), { id: "id-1", revision: 1 });
  assert.equal(pendingRequest(reduce(late, { type: "sideBySideTimedOut", id: "id-1", revision: 9 })), null);
});

test("the rows keep their order whatever comes, the one that answers first", () => {
  const order = (state) => rowsOf(state).map(({ model }) => model);
  for (const events of [[], [drew], [drew, answered(1)], [drew, answered(1), read(1)], [drew, answered(1), read(1), drew]]) {
    assert.deepEqual(order(after(opened, on, ...events)), MODELS);
  }
});

test("each row says whether it agrees, and a new stroke keeps the old ones until the new ones come", () => {
  const state = after(opened, on, drew, answered(1), read(1, says(1)));
  assert.deepEqual(states(state), ["champion", "differs", "agrees"]);
  const more = reduce(state, drew);
  assert.deepEqual(rowsOf(more).map((row) => Boolean(row.isOld)), [true, true, true]);
  const old = [answered(2), read(2), read(1, says(1))].reduce(reduce, more);
  assert.deepEqual(states(old), ["champion", "agrees", "agrees"]);
});

test("nothing of the drawing before is left beside the next one", () => {
  const next = after(opened, on, drew, answered(1), read(1), { type: "renewed", ref: "ref-2" });
  assert.deepEqual(states(next), ["empty", "empty", "empty"]);
  assert.deepEqual(states(reduce(next, drew)), ["waiting", "waiting", "waiting"]);
});

test("the line above counts who agrees and says who cannot", () => {
  const words = (...events) => describeComparison(after(opened, on, ...events)).text;
  assert.equal(words(), "Draw, and they all read it.");
  assert.equal(words(drew, answered(1)), "They read it…");
  assert.equal(words(drew, answered(1), silent("late")), "They take longer than usual.");
  assert.equal(words(drew, answered(1), silent("away")), "They do not answer now; asked again soon.");
  assert.equal(words(drew, answered(1), read(1)), "All 2 agree.");
  assert.equal(words(drew, answered(1), read(1, says(1))), "1 of 2 agree.");
  assert.equal(words(drew, answered(1), read(1, says(1), says(2))), "None of the 2 agrees.");
  assert.equal(words(drew, answered(1), read(1, { code: "cannot_load" })), "The other one agrees. One cannot answer.");
});

test("the page hears of it when no other model is left", () => {
  const none = heard({ type: "beside", id: "id-1", revision: 1, answers: [] });
  const state = after(opened, on, drew, answered(1), none);
  assert.equal(describeComparison(state).text, "No other model is chosen any more.");
  assert.equal(rowsOf(state).length, 1);
});

test("a network that knows digits only says so where the answer is that it is none", () => {
  const state = after(opened, on, drew, answered(1, says(null, "not_a_digit")), read(1, says(5), says(5)));
  const words = rowsOf(state).map((row) => rowWords(row, state.drawing.answer));
  assert.deepEqual(words, ["answers you", "knows digits only", "differs"]);
});

test("a refused question takes back no label", () => {
  const judged = after(opened, drew, answered(1), { type: "labelled", label: 7 }, heard({ type: "label", id: "id-1", label: 7 }));
  const refused = reduce(judged, heard({ type: "error", id: "id-1", code: "too_many", detail: "…" }));
  assert.equal(refused.drawing.label, 7);
});

test("two of one name are told apart, and the likeliest digits come first", () => {
  const named = shortNames(["a@1234567", "b@1234567", "a@7654321"]).map(({ name, sha }) => `${name} ${sha}`);
  assert.deepEqual(named, ["a 123456", "b ", "a 765432"]);
  assert.deepEqual(topOf(says(7)).map(({ digit }) => digit), [7, 0, 1]);
});
