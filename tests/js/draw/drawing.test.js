/* The drawing on the sheet: strokes, undo, labels. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { predictedLabel, emptyDrawing, isWaiting, reduceDrawing } from "../../../static/js/draw/drawing.js";

const stroke = (n) => [[n, n, 0, 0.5], [n + 1, n, 10, 0.5]];
const drew = (n) => ({ type: "strokeEnded", stroke: stroke(n), pointer: "pen" });
const after = (drawing, ...events) => events.reduce(reduceDrawing, drawing);
const sheet = (...events) => after(emptyDrawing("ref-1"), ...events);

function answered(drawing, changes = {}) {
  const answer = { revision: drawing.revision, verdict: "digit", digit: 7, confidence: 0.9, ...changes };
  return { ...drawing, id: "id-1", answer };
}

test("every stroke makes a new revision of the same drawing", () => {
  const drawing = sheet(drew(1), drew(2));
  assert.deepEqual([drawing.ref, drawing.revision, drawing.strokes.length], ["ref-1", 2, 2]);
  assert.ok(isWaiting(drawing));
});

test("undo and redo are revisions too, since the ink is another", () => {
  const drawing = sheet(drew(1), drew(2), { type: "undone" });
  assert.deepEqual([drawing.revision, drawing.strokes], [3, [stroke(1)]]);
  const again = after(drawing, { type: "redone" });
  assert.deepEqual([again.revision, again.strokes], [4, [stroke(1), stroke(2)]]);
});

test("a new stroke forgets what could be redone", () => {
  const drawing = sheet(drew(1), drew(2), { type: "undone" }, drew(3), { type: "redone" });
  assert.deepEqual(drawing.strokes, [stroke(1), stroke(3)]);
});

test("clear can be undone, and an empty sheet awaits nothing", () => {
  const cleared = after(answered(sheet(drew(1), drew(2))), { type: "cleared", ref: "ref-2" });
  assert.deepEqual([cleared.strokes, cleared.answer, isWaiting(cleared)], [[], null, false]);
  const back = after(cleared, { type: "undone" });
  assert.deepEqual([back.ref, back.strokes.length, isWaiting(back)], ["ref-1", 2, true]);
});

test("the first stroke after a clear starts another drawing", () => {
  const cleared = after(answered(sheet(drew(1))), { type: "cleared", ref: "ref-2" });
  const next = after(cleared, { type: "strokeStarted", ref: "ref-3" }, drew(5));
  assert.deepEqual([next.ref, next.id, next.revision, next.strokes], ["ref-3", null, 1, [stroke(5)]]);
});

test("a stroke undone and drawn anew is the same drawing", () => {
  const undone = sheet(drew(1), { type: "undone" });
  const next = after(undone, { type: "strokeStarted", ref: "ref-2" }, drew(5));
  assert.deepEqual([next.ref, next.revision, next.strokes], ["ref-1", 2, [stroke(5)]]);
});

test("undo at the beginning and redo at the end do nothing", () => {
  const drawing = sheet();
  assert.equal(after(drawing, { type: "undone" }), drawing);
  assert.equal(after(drawing, { type: "redone" }), drawing);
});

test("a new drawing has a new name and nothing on it", () => {
  assert.deepEqual(sheet(drew(1), { type: "renewed", ref: "ref-2" }), emptyDrawing("ref-2"));
});

test("a drawing can be judged once it is answered, and not before", () => {
  const waiting = sheet(drew(1));
  assert.equal(after(waiting, { type: "labelled", label: 7 }), waiting);
  const judged = after(answered(waiting), { type: "labelled", label: 2 });
  assert.deepEqual([judged.label, judged.labelPending], [2, true]);
});

test("the same label again takes it back, another one replaces it", () => {
  const judged = after(answered(sheet(drew(1))), { type: "labelled", label: 2 });
  assert.equal(after(judged, { type: "labelled", label: 2 }).label, null);
  assert.equal(after(judged, { type: "labelled", label: "not_a_digit" }).label, "not_a_digit");
});

test("undo takes back the label before it takes back a stroke", () => {
  const judged = after(answered(sheet(drew(1))), { type: "labelled", label: 0 });
  const undone = after(judged, { type: "undone" });
  assert.deepEqual([undone.label, undone.strokes.length, undone.labelPending], [null, 1, true]);
});

test("the first stroke after a label starts another drawing", () => {
  const judged = after(answered(sheet(drew(1))), { type: "labelled", label: 2 });
  const next = after(judged, { type: "strokeStarted", ref: "ref-2" }, drew(5));
  assert.deepEqual([next.ref, next.revision, next.strokes, next.label], ["ref-2", 1, [stroke(5)], null]);
});

test("yes says what was answered", () => {
  const drawing = sheet(drew(1));
  assert.equal(predictedLabel(drawing), null);
  assert.equal(predictedLabel(answered(drawing, { digit: 0 })), 0);
  assert.equal(predictedLabel(answered(drawing, { verdict: "unsure", digit: 3 })), 3);
  assert.equal(predictedLabel(answered(drawing, { verdict: "not_a_digit", digit: null })), "not_a_digit");
});

test("a picture that is refused says why; one that was replaced says nothing", () => {
  const chosen = after(sheet(drew(1)), { type: "pictureChosen", ref: "ref-2", url: null, at: 5 });
  const refused = after(chosen, { type: "pictureRefused", ref: "ref-2", code: "too_large", detail: "Too large." });
  assert.equal(refused.problem.detail, "Too large.");
  const other = after(chosen, { type: "pictureRefused", ref: "ref-9", code: "too_large", detail: "" });
  assert.equal(other, chosen);
});

test("an unknown event changes nothing", () => {
  const drawing = sheet(drew(1));
  assert.equal(after(drawing, { type: "nonsense" }), drawing);
});
