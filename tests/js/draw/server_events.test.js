/* What the server says about the drawing on the sheet. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyDrawing, hasCurrentPrediction, isWaiting, reduceDrawing } from "../../../static/js/draw/drawing.js";
import { handleMessage } from "../../../static/js/draw/server_events.js";

const drew = { type: "strokeEnded", stroke: [[1, 1, 0, 0.5]], pointer: "mouse" };
const sheet = (strokes = 1) => Array(strokes).fill(drew).reduce(reduceDrawing, emptyDrawing("ref-1"));
const hear = (drawing, message, at = 0) => handleMessage(drawing, { message, at, ref: "fresh" });

function prediction(changes = {}) {
  return {
    type: "prediction", id: "id-1", ref: "ref-1", revision: 1, cursor: 5,
    digit: 7, verdict: "digit", confidence: 0.97, probabilities: Array(10).fill(0.1), model: "inknet@abc", latency_ms: 0.6,
    ...changes,
  };
}

test("an answer is the drawing's, with the time there and back", () => {
  const sent = reduceDrawing(sheet(), { type: "sent", ref: "ref-1", revision: 1, at: 100 });
  const drawing = hear(sent, prediction(), 112);
  assert.deepEqual([drawing.id, drawing.answer.digit, drawing.answer.roundTripMs], ["id-1", 7, 12]);
  assert.ok(hasCurrentPrediction(drawing));
});

test("an answer to an older revision is shown while the newest is awaited", () => {
  const drawing = hear(sheet(2), prediction({ revision: 1 }));
  assert.equal(drawing.answer.digit, 7);
  assert.ok(isWaiting(drawing));
});

test("an older answer that comes late does not replace a newer one", () => {
  const newest = hear(sheet(2), prediction({ revision: 2, digit: 4 }));
  assert.equal(hear(newest, prediction({ revision: 1, digit: 1 })).answer.digit, 4);
});

test("another drawing's answer changes nothing", () => {
  const drawing = sheet();
  assert.equal(hear(drawing, prediction({ ref: "ref-9", id: "id-9" })), drawing);
});

test("an answer that comes after the sheet was cleared is not shown", () => {
  const cleared = reduceDrawing(sheet(), { type: "cleared", ref: "x" });
  assert.equal(hear(cleared, prediction()).answer, null);
});

test("a label given in another tab is seen here", () => {
  const drawing = hear(hear(sheet(), prediction()), { type: "label", id: "id-1", ref: "ref-1", revision: 1, label: 3 });
  assert.deepEqual([drawing.label, drawing.labelPending], [3, false]);
});

test("a label said here is not undone by an older state of the drawing", () => {
  const judged = reduceDrawing(hear(sheet(), prediction()), { type: "labelled", label: 2 });
  const state = { type: "drawing", id: "id-1", ref: "ref-1", revision: 1, status: "recognized", label: null, prediction: null };
  assert.equal(hear(judged, state).label, 2);
});

test("a failure says why, and trying again waits anew", () => {
  const failed = hear(sheet(), { type: "failed", id: "id-1", ref: "ref-1", revision: 1, code: "worker_died", detail: "…" });
  assert.equal(failed.problem.code, "worker_died");
  assert.ok(!isWaiting(failed));
  assert.ok(isWaiting(reduceDrawing(failed, { type: "retried", ref: "ref-1" })));
});

test("drawing on after a failure needs no button", () => {
  const failed = hear(sheet(), { type: "failed", id: "id-1", ref: "ref-1", revision: 1, code: "worker_died", detail: "…" });
  assert.ok(isWaiting(reduceDrawing(failed, drew)));
});

for (const code of ["conflict", "stale", "deleted"]) {
  test(`ink whose name is taken (${code}) goes on under a new one`, () => {
    const drawing = hear(hear(sheet(3), prediction({ revision: 2 })), { type: "error", ref: "ref-1", code, detail: "…" });
    assert.deepEqual([drawing.ref, drawing.id, drawing.revision, drawing.strokes.length], ["fresh", null, 1, 3]);
    assert.ok(isWaiting(drawing));
  });
}

test("a drawing that was deleted elsewhere leaves the sheet", () => {
  const drawing = hear(hear(sheet(), prediction()), { type: "deleted", id: "id-1", ref: "ref-1", revision: 1 });
  assert.deepEqual(drawing, emptyDrawing("fresh"));
});

test("a refused label is taken back", () => {
  const judged = reduceDrawing(hear(sheet(), prediction()), { type: "labelled", label: 2 });
  const refused = hear(judged, { type: "error", id: "id-1", code: "not_found", detail: "…" });
  assert.deepEqual([refused.label, refused.labelPending], [null, false]);
});
