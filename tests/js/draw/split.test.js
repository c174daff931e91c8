/* Ink of several digits: found by its gaps, split into ordinary drawings, undone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DrawingDiscarder } from "../../../static/js/draw/net/discard_drawings.js";
import { unsentMessages } from "../../../static/js/draw/net/unsent_messages.js";
import { initialState, listWaiting, reduce } from "../../../static/js/draw/page_state_reducer.js";
import { splitDigits } from "../../../static/js/draw/several_digits.js";
import { countOfferedParts } from "../../../static/js/draw/view/several_digits_notice.js";

/** A vertical stroke. */
const bar = (x, top = 0, bottom = 100) => [[x, top, 0, 0.5], [x, bottom, 50, 0.5]];
const dash = (left, right, y) => [[left, y, 0, 0.5], [right, y, 50, 0.5]];
const FOUR = [[[0, 0], [-30, 60], [30, 60]].map(([x, y]) => [x, y, 0, 0.5]), bar(20)];
const FIVE = [[[0, 0], [0, 45], [30, 60], [0, 100]].map(([x, y]) => [x, y, 0, 0.5]), dash(2, 40, 0)];
const moved = (strokes, by) => strokes.map((stroke) => stroke.map(([x, ...rest]) => [x + by, ...rest]));
const FORTY_FIVE = [...FOUR, ...moved(FIVE, 80)];

const open = { type: "connection", status: { name: "open" } };
const drew = (stroke) => ({ type: "strokeEnded", stroke, pointer: "pen" });
const after = (state, ...events) => events.reduce(reduce, state);
const drawn = (strokes) => after(initialState("whole"), open, ...strokes.map(drew));
const message = (fields) => ({ type: "message", at: 0, ref: "unused", message: fields });

test("digits next to each other are found from left to right", () => {
  assert.deepEqual(splitDigits(FORTY_FIVE), [FOUR, moved(FIVE, 80)]);
  assert.equal(splitDigits([bar(0), bar(60), bar(120)]).length, 3);
  const rightFirst = [...moved(FIVE, 80), ...FOUR];
  assert.deepEqual(splitDigits(rightFirst), [FOUR, moved(FIVE, 80)]);
});

test("strokes of one digit stay together", () => {
  const crossedSeven = [[[0, 0], [50, 0], [20, 100]].map(([x, y]) => [x, y, 0, 0.5]), dash(10, 45, 50)];
  const oneWithDot = [bar(0, 30), [[12, 0, 0, 0.5]]];
  const fiveWithFarRoof = [[[0, 0], [0, 45], [30, 60], [0, 100]].map(([x, y]) => [x, y, 0, 0.5]), dash(40, 70, 0)];
  for (const digit of [FOUR, FIVE, crossedSeven, oneWithDot, fiveWithFarRoof, [bar(0)], []]) {
    assert.equal(splitDigits(digit).length, 1);
  }
});

test("a split is offered for ink without a label", () => {
  const state = drawn(FORTY_FIVE);
  assert.equal(countOfferedParts(state), 2);
  assert.equal(countOfferedParts({ ...state, drawing: { ...state.drawing, claim: 4 } }), 0);
  assert.equal(countOfferedParts(drawn(FOUR)), 0);
});

test("the parts become ordinary drawings in order", () => {
  const state = after(drawn(FORTY_FIVE), { type: "split", refs: ["second"], at: 9000 });
  assert.deepEqual([state.drawing.ref, state.drawing.strokes], ["whole", FOUR]);
  assert.equal(countOfferedParts(state), 0);
  const sent = unsentMessages(state, new Set()).map(({ message }) => [message.ref, message.revision, message.strokes]);
  assert.deepEqual(sent.sort(), [["second", 1, moved(FIVE, 80)], ["whole", 5, FOUR]]);
  assert.equal(state.parts?.waiting[0].drawnAt, 9000, "newer than the first part, which may be stored");
});

test("a new drawing shows the next part with its prediction", () => {
  const prediction = { id: "id-2", ref: "second", revision: 1, decision: "digit", digit: 5, confidence: 0.9, probabilities: [] };
  const state = after(
    drawn(FORTY_FIVE), { type: "split", refs: ["second"], at: 9000 },
    message({ type: "queued", ref: "second", id: "id-2", revision: 1 }), message({ type: "prediction", ...prediction }),
    { type: "newDrawing", ref: "third" },
  );
  assert.deepEqual([state.drawing.ref, state.drawing.prediction?.digit, state.unsent.map(({ ref }) => ref)], ["second", 5, ["whole"]]);
  assert.equal(after(state, { type: "newDrawing", ref: "third" }).drawing.ref, "third");
});

test("a part on the canvas waits once, with its newest ink", () => {
  const shown = after(drawn(FORTY_FIVE), { type: "split", refs: ["second"], at: 9000 }, { type: "newDrawing", ref: "third" });
  const changed = after(shown, { type: "strokeEnded", stroke: FOUR[0], pointer: "pen" }, { type: "newDrawing", ref: "third" });
  for (const state of [shown, changed]) {
    assert.deepEqual(listWaiting(state).map(({ ref }) => ref).sort(), ["second", "whole"]);
  }
  assert.equal(changed.unsent.find(({ ref }) => ref === "second")?.strokes.length, FIVE.length + 1);
});

test("undo restores the whole and removes the other parts", () => {
  const split = after(drawn(FORTY_FIVE), { type: "split", refs: ["second"], at: 9000 });
  const undone = after(split, { type: "undone" });
  assert.deepEqual([undone.drawing.ref, undone.drawing.strokes, undone.parts, undone.unsent], ["whole", FORTY_FIVE, null, []]);
  assert.deepEqual(undone.drawing.future, []);
  assert.equal(countOfferedParts(undone), 2);
});

test("a drawing that was cleared without a label is not sent later", () => {
  const cleared = after(drawn(FOUR), { type: "cleared", ref: "next" });
  assert.deepEqual([cleared.drawing.ref, cleared.unsent], ["next", []]);
  const kept = after(drawn(FOUR), { type: "newDrawing", ref: "next" });
  assert.deepEqual(kept.unsent.map(({ ref }) => ref), ["whole"]);
});

/** Return a discarder, its requests, and the status of the next ones: 200 or that of an error. */
function discarding() {
  const server = { requests: [], status: 200, reports: [] };
  const call = async (path, { method }) => {
    server.requests.push(`${method} ${path}`);
    if (server.status !== 200) throw Object.assign(new Error("refused"), { status: server.status });
  };
  return { server, discarder: new DrawingDiscarder(call, (text) => server.reports.push(text)) };
}

test("a discarded drawing is deleted as soon as its id is known", async () => {
  const { server, discarder } = discarding();
  discarder.discard({ ref: "a", id: "id-a", sent: null });
  discarder.discard({ ref: "never sent", id: null, sent: null });
  discarder.discard({ ref: "b", id: null, sent: { revision: 1, at: 0 } });
  await discarder.last;
  assert.deepEqual(server.requests, ["DELETE drawings/id-a/"]);
  discarder.handleMessage({ type: "queued", ref: "b", id: "id-b" });
  discarder.handleMessage({ type: "prediction", ref: "b", id: "id-b" });
  await discarder.last;
  assert.deepEqual(server.requests, ["DELETE drawings/id-a/", "DELETE drawings/id-b/"]);
});

test("without a connection a drawing is deleted later, unless the user undoes it", async () => {
  const { server, discarder } = discarding();
  server.status = 0;
  for (const id of ["a", "b"]) discarder.discard({ ref: id, id, sent: null });
  discarder.restore("b");
  await discarder.last;
  assert.deepEqual(server.requests, ["DELETE drawings/a/", "DELETE drawings/b/"]);
  server.status = 200;
  discarder.handleMessage({ type: "hello" });
  await discarder.last;
  assert.deepEqual(server.requests.slice(2), ["DELETE drawings/a/"]);
  discarder.restore("a");
  await discarder.last;
  assert.equal(server.requests.at(-1), "POST drawings/a/restore/");
  assert.deepEqual(server.reports, []);
});

test("a refusal is reported, a drawing that is deleted already is not", async () => {
  const { server, discarder } = discarding();
  for (const status of [404, 403]) {
    server.status = status;
    discarder.discard({ ref: "a", id: "a", sent: null });
    await discarder.last;
  }
  assert.deepEqual(server.reports, ["refused"]);
});
