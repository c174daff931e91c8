/* Server messages about the drawing on the canvas. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyDrawing, hasCurrentPrediction, isWaiting, reduceDrawing } from "../../../static/js/draw/drawing_reducer.js";
import { handleMessage } from "../../../static/js/draw/apply_server_message.js";

const drew = { type: "strokeEnded", stroke: [[1, 1, 0, 0.5]], pointer: "mouse" };
const drawn = (strokes = 1) => Array(strokes).fill(drew).reduce(reduceDrawing, emptyDrawing("ref-1"));
const receive = (drawing, message, at = 0) => handleMessage(drawing, { message, at, ref: "fresh" });

function prediction(changes = {}) {
  return {
    type: "prediction", id: "id-1", ref: "ref-1", revision: 1, cursor: 5,
    digit: 7, decision: "digit", confidence: 0.97, probabilities: Array(10).fill(0.1), model: "inknet@abc", latency_ms: 0.6,
    ...changes,
  };
}

test("a prediction is added with its round trip", () => {
  const sent = reduceDrawing(drawn(), { type: "sent", ref: "ref-1", revision: 1, at: 100 });
  const drawing = receive(sent, prediction(), 112);
  assert.deepEqual([drawing.id, drawing.prediction.digit, drawing.prediction.roundTripMs], ["id-1", 7, 12]);
  assert.ok(hasCurrentPrediction(drawing));
});

test("a prediction for an older revision is shown while waiting", () => {
  const drawing = receive(drawn(2), prediction({ revision: 1 }));
  assert.equal(drawing.prediction.digit, 7);
  assert.ok(isWaiting(drawing));
});

test("a late older prediction does not replace a newer one", () => {
  const newest = receive(drawn(2), prediction({ revision: 2, digit: 4 }));
  assert.equal(receive(newest, prediction({ revision: 1, digit: 1 })).prediction.digit, 4);
});

test("a message about another drawing changes nothing", () => {
  const drawing = drawn();
  assert.equal(receive(drawing, prediction({ ref: "ref-9", id: "id-9" })), drawing);
});

test("a prediction after a clear is not shown", () => {
  const cleared = reduceDrawing(drawn(), { type: "cleared", ref: "x" });
  assert.equal(receive(cleared, prediction()).prediction, null);
});

test("a claim of another tab is applied", () => {
  const drawing = receive(receive(drawn(), prediction()), { type: "label", id: "id-1", ref: "ref-1", revision: 1, claim: 3 });
  assert.deepEqual([drawing.claim, drawing.claimPending], [3, false]);
});

test("an unconfirmed claim survives an older state of the drawing", () => {
  const claimed = reduceDrawing(receive(drawn(), prediction()), { type: "claimed", claim: 2 });
  const state = { type: "drawing", id: "id-1", ref: "ref-1", revision: 1, status: "recognized", claim: null, prediction: null };
  assert.equal(receive(claimed, state).claim, 2);
});

test("a failure has a code, and a retry waits again", () => {
  const failed = receive(drawn(), { type: "failed", id: "id-1", ref: "ref-1", revision: 1, code: "worker_died", detail: "…" });
  assert.equal(failed.problem.code, "worker_died");
  assert.ok(!isWaiting(failed));
  assert.ok(isWaiting(reduceDrawing(failed, { type: "retried", ref: "ref-1" })));
});

test("drawing on after a failure needs no retry", () => {
  const failed = receive(drawn(), { type: "failed", id: "id-1", ref: "ref-1", revision: 1, code: "worker_died", detail: "…" });
  assert.ok(isWaiting(reduceDrawing(failed, drew)));
});

for (const code of ["conflict", "stale", "deleted"]) {
  test(`after the error ${code} the ink continues under a new ref`, () => {
    const drawing = receive(receive(drawn(3), prediction({ revision: 2 })), { type: "error", ref: "ref-1", code, detail: "…" });
    assert.deepEqual([drawing.ref, drawing.id, drawing.revision, drawing.strokes.length], ["fresh", null, 1, 3]);
    assert.ok(isWaiting(drawing));
  });
}

test("a drawing that was deleted elsewhere is removed", () => {
  const drawing = receive(receive(drawn(), prediction()), { type: "deleted", id: "id-1", ref: "ref-1", revision: 1 });
  assert.deepEqual(drawing, emptyDrawing("fresh"));
});

test("a refused claim is removed", () => {
  const claimed = reduceDrawing(receive(drawn(), prediction()), { type: "claimed", claim: 2 });
  const refused = receive(claimed, { type: "error", id: "id-1", code: "not_found", detail: "…" });
  assert.deepEqual([refused.claim, refused.claimPending], [null, false]);
});
