/* The page as a whole: what leaves the sheet unsaid is still said. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { unsentMessages } from "../../../static/js/draw/net/outbox.js";
import { createStore, initialState, reduce } from "../../../static/js/draw/state.js";

const drew = { type: "strokeEnded", stroke: [[1, 1, 0, 0.5]], pointer: "mouse" };
const renewed = (ref) => ({ type: "renewed", ref });
const heard = (message) => ({ type: "message", message, at: 0, ref: "fresh" });
const after = (...events) => events.reduce(reduce, initialState("ref-1"));
const queued = heard({ type: "queued", ref: "ref-1", revision: 1, id: "id-1" });
const answered = heard({ type: "prediction", id: "id-1", ref: "ref-1", revision: 1, cursor: 2, verdict: "digit", digit: 3 });
const opened = { type: "connection", status: { name: "open" } };

test("a drawing left before it was sent is sent when the connection is back", () => {
  const state = after({ type: "connection", status: { name: "lost" } }, drew, renewed("ref-2"), drew, opened);
  assert.deepEqual(unsentMessages(state, new Set()).map(({ message }) => message.ref), ["ref-1", "ref-2"]);
});

test("a drawing left after it was stored is not kept", () => {
  assert.deepEqual(after(drew, queued, renewed("ref-2")).left, []);
});

test("what was left is forgotten once it is stored", () => {
  const state = after(drew, renewed("ref-2"));
  assert.equal(state.left.length, 1);
  assert.equal(reduce(state, queued).left.length, 0);
});

test("a label said just before the next drawing is still said", () => {
  const state = after(opened, drew, queued, answered, { type: "labelled", label: 4 }, { type: "strokeStarted", ref: "ref-2" });
  assert.deepEqual(unsentMessages(state, new Set()).map(({ message }) => message.label), [4]);
  const confirmed = reduce(state, heard({ type: "label", id: "id-1", ref: "ref-1", revision: 1, label: 4 }));
  assert.deepEqual(unsentMessages(confirmed, new Set()), []);
});

test("ink the server refused is not said for ever", () => {
  const refused = heard({ type: "error", ref: "ref-1", code: "too_many_points", detail: "…" });
  assert.deepEqual(after(drew, renewed("ref-2"), refused).left, []);
});

test("ink the server could not store now is said again after the pause", () => {
  const busy = heard({ type: "error", ref: "ref-1", code: "unavailable", detail: "…", retry_after_s: 2 });
  const state = after(opened, drew, renewed("ref-2"), busy);
  assert.deepEqual(unsentMessages(state, new Set()), []);
  assert.equal(unsentMessages(reduce(state, { type: "retried", ref: "ref-1" }), new Set()).length, 1);
});

test("limits are the server's", () => {
  assert.equal(after(heard({ type: "hello", cursor: 1, limits: { strokes: 9 } })).limits.strokes, 9);
});

test("the list tells what another tab said about the drawing on the sheet", () => {
  const listed = { id: "id-1", ref: "ref-1", revision: 1, status: "recognized", prediction: null, label: 5, created_at: "2026", strokes: [] };
  const state = reduce(after(drew, queued, answered), { type: "listed", drawings: [listed], at: 0, ref: "fresh" });
  assert.equal(state.drawing.label, 5);
});

test("what is heard before the list has come is not lost", () => {
  const drawn = { id: "id-1", ref: "ref-9", revision: 1, status: "queued", prediction: null, label: null, created_at: "2026", strokes: [] };
  const label = heard({ type: "label", id: "id-1", ref: "ref-9", revision: 1, label: 6 });
  const state = after(label, { type: "listed", drawings: [drawn], at: 0, ref: "fresh" });
  assert.equal(state.recent[0].label, 6);
});

test("listeners hear of a change once, with what was before", () => {
  const store = createStore(initialState("ref-1"));
  const calls = [];
  store.subscribe((state, before, event) => calls.push([state.drawing.revision, before.drawing.revision, event.type]));
  store.dispatch(drew);
  assert.deepEqual(calls, [[1, 0, "strokeEnded"]]);
});
