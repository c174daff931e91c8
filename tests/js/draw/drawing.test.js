/* The drawing on the canvas: strokes, undo, claims. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { predictedLabel, emptyDrawing, isWaiting, reduceDrawing } from "../../../static/js/draw/drawing_reducer.js";

const stroke = (n) => [[n, n, 0, 0.5], [n + 1, n, 10, 0.5]];
const drew = (n) => ({ type: "strokeEnded", stroke: stroke(n), pointer: "pen" });
const after = (drawing, ...events) => events.reduce(reduceDrawing, drawing);
const drawingAfter = (...events) => after(emptyDrawing("ref-1"), ...events);

function predicted(drawing, changes = {}) {
  const prediction = { revision: drawing.revision, decision: "digit", digit: 7, confidence: 0.9, ...changes };
  return { ...drawing, id: "id-1", prediction };
}

test("every stroke is a new revision of the same drawing", () => {
  const drawing = drawingAfter(drew(1), drew(2));
  assert.deepEqual([drawing.ref, drawing.revision, drawing.strokes.length], ["ref-1", 2, 2]);
  assert.ok(isWaiting(drawing));
});

test("undo and redo are new revisions", () => {
  const drawing = drawingAfter(drew(1), drew(2), { type: "undone" });
  assert.deepEqual([drawing.revision, drawing.strokes], [3, [stroke(1)]]);
  const again = after(drawing, { type: "redone" });
  assert.deepEqual([again.revision, again.strokes], [4, [stroke(1), stroke(2)]]);
});

test("a new stroke clears the redo history", () => {
  const drawing = drawingAfter(drew(1), drew(2), { type: "undone" }, drew(3), { type: "redone" });
  assert.deepEqual(drawing.strokes, [stroke(1), stroke(3)]);
});

test("clear can be undone, and an empty canvas expects no prediction", () => {
  const cleared = after(predicted(drawingAfter(drew(1), drew(2))), { type: "cleared", ref: "ref-2" });
  assert.deepEqual([cleared.strokes, cleared.prediction, isWaiting(cleared)], [[], null, false]);
  const back = after(cleared, { type: "undone" });
  assert.deepEqual([back.ref, back.revision, back.strokes.length, isWaiting(back)], ["ref-2", 1, 2, true]);
});

test("the first stroke after a clear starts another drawing", () => {
  const cleared = after(predicted(drawingAfter(drew(1))), { type: "cleared", ref: "ref-2" });
  const next = after(cleared, { type: "strokeStarted", ref: "ref-3" }, drew(5));
  assert.deepEqual([next.ref, next.id, next.revision, next.strokes], ["ref-2", null, 1, [stroke(5)]]);
});

test("a stroke after undoing all strokes continues the drawing", () => {
  const undone = drawingAfter(drew(1), { type: "undone" });
  const next = after(undone, { type: "strokeStarted", ref: "ref-2" }, drew(5));
  assert.deepEqual([next.ref, next.revision, next.strokes], ["ref-1", 2, [stroke(5)]]);
});

test("undo at the start and redo at the end do nothing", () => {
  const drawing = drawingAfter();
  assert.equal(after(drawing, { type: "undone" }), drawing);
  assert.equal(after(drawing, { type: "redone" }), drawing);
});

test("a new drawing has a new ref and is empty", () => {
  assert.deepEqual(drawingAfter(drew(1), { type: "newDrawing", ref: "ref-2" }), emptyDrawing("ref-2"));
});

test("a claim is possible once there is a prediction", () => {
  const waiting = drawingAfter(drew(1));
  assert.equal(after(waiting, { type: "claimed", claim: 7 }), waiting);
  const claimed = after(predicted(waiting), { type: "claimed", claim: 2 });
  assert.deepEqual([claimed.claim, claimed.claimPending], [2, true]);
});

test("the same claim again removes it, another one replaces it", () => {
  const claimed = after(predicted(drawingAfter(drew(1))), { type: "claimed", claim: 2 });
  assert.equal(after(claimed, { type: "claimed", claim: 2 }).claim, null);
  assert.equal(after(claimed, { type: "claimed", claim: "not_a_digit" }).claim, "not_a_digit");
});

test("undo removes the claim before a stroke", () => {
  const claimed = after(predicted(drawingAfter(drew(1))), { type: "claimed", claim: 0 });
  const undone = after(claimed, { type: "undone" });
  assert.deepEqual([undone.claim, undone.strokes.length, undone.claimPending], [null, 1, true]);
});

test("the first stroke after a claim starts another drawing", () => {
  const claimed = after(predicted(drawingAfter(drew(1))), { type: "claimed", claim: 2 });
  const next = after(claimed, { type: "strokeStarted", ref: "ref-2" }, drew(5));
  assert.deepEqual([next.ref, next.revision, next.strokes, next.claim], ["ref-2", 1, [stroke(5)], null]);
});

test("yes confirms the predicted label", () => {
  const drawing = drawingAfter(drew(1));
  assert.equal(predictedLabel(drawing), null);
  assert.equal(predictedLabel(predicted(drawing, { digit: 0 })), 0);
  assert.equal(predictedLabel(predicted(drawing, { decision: "unsure", digit: 3 })), 3);
  assert.equal(predictedLabel(predicted(drawing, { decision: "not_a_digit", digit: null })), "not_a_digit");
});

test("a refused image has a problem, a replaced one has none", () => {
  const chosen = after(drawingAfter(drew(1)), { type: "imageChosen", ref: "ref-2", url: null, at: 5 });
  const refused = after(chosen, { type: "imageRefused", ref: "ref-2", code: "too_large", detail: "Too large." });
  assert.equal(refused.problem.detail, "Too large.");
  const other = after(chosen, { type: "imageRefused", ref: "ref-9", code: "too_large", detail: "" });
  assert.equal(other, chosen);
});

test("an unknown event changes nothing", () => {
  const drawing = drawingAfter(drew(1));
  assert.equal(after(drawing, { type: "nonsense" }), drawing);
});
