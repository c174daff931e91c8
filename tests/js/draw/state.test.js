/* The state of the drawing page: unsent changes are kept until they are sent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { unsentMessages } from "../../../static/js/draw/net/unsent_messages.js";
import { initialState, reduce } from "../../../static/js/draw/page_state_reducer.js";
import { createStore } from "../../../static/js/reducer_store.js";

const drew = { type: "strokeEnded", stroke: [[1, 1, 0, 0.5]], pointer: "mouse" };
const newDrawing = (ref) => ({ type: "newDrawing", ref });
const receive = (message) => ({ type: "message", message, at: 0, ref: "fresh" });
const after = (...events) => events.reduce(reduce, initialState("ref-1"));
const queued = receive({ type: "queued", ref: "ref-1", revision: 1, id: "id-1" });
const predicted = receive({ type: "prediction", id: "id-1", ref: "ref-1", revision: 1, cursor: 2, decision: "digit", digit: 3 });
const opened = { type: "connection", status: { name: "open" } };

test("a drawing replaced before it was sent is sent after the reconnect", () => {
  const state = after({ type: "connection", status: { name: "lost" } }, drew, newDrawing("ref-2"), drew, opened);
  assert.deepEqual(unsentMessages(state, new Set()).map(({ message }) => message.ref), ["ref-1", "ref-2"]);
});

test("a stored drawing is not kept when it is replaced", () => {
  assert.deepEqual(after(drew, queued, newDrawing("ref-2")).unsent, []);
});

test("an unsent drawing is dropped once it is stored", () => {
  const state = after(drew, newDrawing("ref-2"));
  assert.equal(state.unsent.length, 1);
  assert.equal(reduce(state, queued).unsent.length, 0);
});

test("a claim made just before the next drawing is sent", () => {
  const state = after(opened, drew, queued, predicted, { type: "claimed", claim: 4 }, { type: "strokeStarted", ref: "ref-2" });
  assert.deepEqual(unsentMessages(state, new Set()).map(({ message }) => message.claim), [4]);
  const confirmed = reduce(state, receive({ type: "label", id: "id-1", ref: "ref-1", revision: 1, claim: 4 }));
  assert.deepEqual(unsentMessages(confirmed, new Set()), []);
});

test("ink that the server refused is not sent again", () => {
  const refused = receive({ type: "error", ref: "ref-1", code: "too_many_points", detail: "…" });
  assert.deepEqual(after(drew, newDrawing("ref-2"), refused).unsent, []);
});

test("ink that the server could not store is sent again after a pause", () => {
  const busy = receive({ type: "error", ref: "ref-1", code: "unavailable", detail: "…", retry_after_s: 2 });
  const state = after(opened, drew, newDrawing("ref-2"), busy);
  assert.deepEqual(unsentMessages(state, new Set()), []);
  assert.equal(unsentMessages(reduce(state, { type: "retried", ref: "ref-1" }), new Set()).length, 1);
});

test("the limits are those of the server", () => {
  assert.equal(after(receive({ type: "hello", cursor: 1, limits: { strokes: 9 } })).limits.strokes, 9);
});

test("the list contains claims of other tabs", () => {
  const listed = { id: "id-1", ref: "ref-1", revision: 1, status: "recognized", prediction: null, claim: 5, created_at: "2026", strokes: [] };
  const state = reduce(after(drew, queued, predicted), { type: "listed", drawings: [listed], at: 0, ref: "fresh" });
  assert.equal(state.drawing.claim, 5);
});

test("messages before the first list are not lost", () => {
  const drawn = { id: "id-1", ref: "ref-9", revision: 1, status: "queued", prediction: null, claim: null, created_at: "2026", strokes: [] };
  const label = receive({ type: "label", id: "id-1", ref: "ref-9", revision: 1, claim: 6 });
  const state = after(label, { type: "listed", drawings: [drawn], at: 0, ref: "fresh" });
  assert.equal(state.recent[0].claim, 6);
});

test("listeners are called once, with the state before", () => {
  const store = createStore(initialState("ref-1"), reduce);
  const calls = [];
  store.subscribe((state, before, event) => calls.push([state.drawing.revision, before.drawing.revision, event.type]));
  store.dispatch(drew);
  assert.deepEqual(calls, [[1, 0, "strokeEnded"]]);
});
