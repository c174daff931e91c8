/* What is owed to the server, what is kept for a reload, what keys mean. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { csrfToken } from "../../../static/js/api.js";
import { emptyDrawing, reduceDrawing } from "../../../static/js/draw/drawing.js";
import { serializeState, deserializeState } from "../../../static/js/draw/session_storage.js";
import { commandForKey } from "../../../static/js/draw/shortcuts.js";
import { newRef, uuidFromBytes } from "../../../static/js/draw/uuid.js";
import { unsentMessages } from "../../../static/js/draw/net/outbox.js";
import { fittingSize } from "../../../static/js/draw/input/resize_image.js";

const open = { name: "open" };
const drew = { type: "strokeEnded", stroke: [[1, 1, 0, 0.5]], pointer: "mouse" };
const drawn = [drew, drew].reduce(reduceDrawing, emptyDrawing("ref-1"));
const answered = { ...drawn, id: "id-1", answer: { revision: 2, verdict: "digit", digit: 7 } };
const told = (items) => new Set(items.map(({ key }) => key));
const state = (changes) => ({ left: [], connection: open, ...changes });

test("the whole ink of the newest revision is owed until it is answered", () => {
  const [{ message }] = unsentMessages(state({ drawing: drawn }), new Set());
  assert.deepEqual(message, { type: "draw", ref: "ref-1", revision: 2, strokes: drawn.strokes, pointer: "mouse" });
  assert.deepEqual(unsentMessages(state({ drawing: answered }), new Set()), []);
});

test("nothing is said twice on one connection, and everything again on the next", () => {
  const waiting = state({ drawing: drawn });
  assert.deepEqual(unsentMessages(waiting, told(unsentMessages(waiting, new Set()))), []);
  assert.equal(unsentMessages(waiting, new Set()).length, 1);
});

test("nothing is said while there is no connection", () => {
  assert.deepEqual(unsentMessages(state({ drawing: drawn, connection: { name: "lost" } }), new Set()), []);
});

test("trying again says it again, as a new revision", () => {
  const before = told(unsentMessages(state({ drawing: drawn }), new Set()));
  const retried = reduceDrawing(drawn, { type: "retried", ref: "ref-1" });
  assert.equal(unsentMessages(state({ drawing: retried }), before).length, 1);
});

test("a label is owed until it is heard back, however often it changes", () => {
  let drawing = answered;
  const known = new Set();
  const said = [];
  for (const label of [3, 3, 3]) {
    drawing = reduceDrawing(drawing, { type: "labelled", label });
    const items = unsentMessages(state({ drawing }), known);
    for (const { key } of items) known.add(key);
    said.push(...items.map(({ message }) => message.label));
  }
  assert.deepEqual(said, [3, null, 3]);
  assert.deepEqual(unsentMessages(state({ drawing: { ...drawing, labelPending: false } }), new Set()), []);
});

test("ink survives a reload, for the same person only", () => {
  const text = serializeState("12", state({ drawing: answered, left: [drawn] }));
  const { drawing, left } = deserializeState("12", text);
  assert.deepEqual([drawing.ref, drawing.id, drawing.revision, drawing.strokes, drawing.answer.digit], ["ref-1", "id-1", 2, drawn.strokes, 7]);
  assert.equal(reduceDrawing(drawing, { type: "undone" }).strokes.length, 1);
  assert.equal(left.length, 1);
  assert.equal(deserializeState("13", text), null);
});

test("an empty sheet keeps what is unsaid", () => {
  const kept = deserializeState("12", serializeState("12", state({ drawing: emptyDrawing("new"), left: [drawn] })));
  assert.equal(kept.drawing, null);
  assert.equal(kept.left[0].ref, "ref-1");
  assert.equal(serializeState("12", state({ drawing: emptyDrawing("new") })), null);
});

test("what is not a drawing is not taken for one", () => {
  for (const text of [null, "", "{", "[]", '{"user":"12"}', '{"user":"12","drawings":[{"strokes":4}]}']) {
    assert.equal(deserializeState("12", text), null);
  }
});

test("keys mean commands, but not while one types or chords", () => {
  const press = (key, changes = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...changes });
  assert.deepEqual(commandForKey(press("7")), { type: "label", label: 7 });
  assert.deepEqual(commandForKey(press("X")), { type: "label", label: "not_a_digit" });
  assert.deepEqual(commandForKey(press("z", { ctrlKey: true })), { type: "undo" });
  assert.deepEqual(commandForKey(press("Z", { metaKey: true, shiftKey: true })), { type: "redo" });
  assert.equal(commandForKey(press("7"), "INPUT"), null);
  assert.equal(commandForKey(press("c", { ctrlKey: true })), null);
  assert.equal(commandForKey(press("Enter"), "BUTTON"), null);
  assert.equal(commandForKey(press("7"), "BODY", { singleKeys: false }), null);
  assert.deepEqual(commandForKey(press("?"), "BODY", { singleKeys: false }), { type: "help" });
});

test("names are random UUIDs also where randomUUID is missing", () => {
  const insecure = { getRandomValues: (bytes) => bytes.fill(0xff) };
  assert.equal(newRef(insecure), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  assert.equal(uuidFromBytes(new Uint8Array(16)), "00000000-0000-4000-8000-000000000000");
});

test("the token is found among other cookies", () => {
  assert.equal(csrfToken("a=1; csrftoken=xyz; b=2"), "xyz");
  assert.equal(csrfToken("notcsrftoken=1"), "");
});

test("a photo is made small enough and keeps its shape, a small one stays as it is", () => {
  const { width, height } = fittingSize({ width: 4032, height: 3024 });
  assert.ok(width * height <= 1_000_000 && width * height > 990_000);
  assert.ok(Math.abs(width / height - 4 / 3) < 0.01);
  assert.deepEqual(fittingSize({ width: 28, height: 28 }), { width: 28, height: 28 });
});
