/* The recent drawings, from all tabs and devices. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeFetched, applyRecentMessage, mergeInk, mergeList, MAX_RECENT, needsInk } from "../../../static/js/draw/recent_drawings_reducer.js";

const strokes = [[[1, 2]]];
const drawing = (n, changes = {}) => ({
  id: `id-${n}`, ref: `ref-${n}`, revision: 1, status: "recognized", prediction: { digit: n, decision: "digit" },
  claim: null, created_at: `2026-01-01T00:00:${String(n).padStart(2, "0")}+00:00`, strokes, ...changes,
});
const listed = (...numbers) => mergeList([], numbers.map((n) => drawing(n)));
const ids = (recent) => recent.map((item) => item.id);
const { strokes: _strokes, ...withoutInk } = drawing(9, { status: "queued", prediction: null });
const appeared = { type: "drawing", cursor: 4, ...withoutInk };

test("the newest drawing is first", () => {
  assert.deepEqual(ids(listed(1, 3, 2)), ["id-3", "id-2", "id-1"]);
});

test("at most MAX_RECENT drawings are kept", () => {
  assert.equal(listed(...Array.from({ length: 30 }, (_, n) => n)).length, MAX_RECENT);
});

test("a drawing of another device is first and needs its ink", () => {
  const recent = applyRecentMessage(listed(1, 2), appeared);
  assert.equal(recent[0].id, "id-9");
  assert.ok(needsInk(recent[0]));
  const fetched = mergeFetched(recent, drawing(9));
  assert.ok(!needsInk(fetched[0]));
  assert.deepEqual(ids(fetched), ["id-9", "id-2", "id-1"]);
});

test("ink drawn on this page is not fetched", () => {
  const recent = mergeInk(applyRecentMessage([], appeared), { id: "id-9", revision: 1, strokes });
  assert.ok(!needsInk(recent[0]));
});

test("an image uploaded on this page has no ink", () => {
  assert.ok(needsInk(mergeInk(applyRecentMessage([], appeared), { id: "id-9", revision: 1, strokes: [] })[0]));
});

test("a new revision keeps the old ink until its own arrives", () => {
  const [item] = applyRecentMessage(listed(9), { ...appeared, revision: 2 });
  assert.deepEqual(item.strokes, strokes);
  assert.ok(needsInk(item));
});

test("predictions and claims are added to their drawing", () => {
  const prediction = { type: "prediction", cursor: 5, id: "id-9", ref: "ref-9", revision: 1, digit: 3, decision: "digit" };
  let [item] = applyRecentMessage(applyRecentMessage([], appeared), prediction);
  assert.deepEqual([item.status, item.prediction.digit], ["recognized", 3]);
  [item] = applyRecentMessage([item], { type: "label", id: "id-9", claim: 8 });
  assert.equal(item.claim, 8);
});

test("a prediction for an older revision is ignored", () => {
  const recent = applyRecentMessage([], { ...appeared, revision: 2 });
  const prediction = { type: "prediction", id: "id-9", revision: 1, digit: 3, decision: "digit" };
  assert.equal(applyRecentMessage(recent, prediction)[0].prediction, null);
});

test("a deleted drawing is removed", () => {
  assert.deepEqual(ids(applyRecentMessage(listed(1, 2), { type: "deleted", id: "id-2" })), ["id-1"]);
});

test("a prediction that arrives before the ink is kept", () => {
  const prediction = { type: "prediction", id: "id-9", ref: "ref-9", revision: 1, digit: 3, decision: "digit" };
  const recent = applyRecentMessage(applyRecentMessage([], appeared), prediction);
  const listedBefore = drawing(9, { status: "queued", prediction: null });
  for (const [item] of [mergeFetched(recent, listedBefore), mergeList(recent, [listedBefore])]) {
    assert.deepEqual([item.prediction.digit, item.status, item.strokes], [3, "recognized", strokes]);
    assert.ok(!needsInk(item));
  }
});

test("a drawing deleted while fetching is not added, a restored one is", () => {
  assert.deepEqual(mergeFetched(listed(1), drawing(2)), listed(1));
  assert.deepEqual(ids(mergeFetched(listed(1), drawing(2), { isRestored: true })), ["id-2", "id-1"]);
});

test("a late response does not replace a newer revision", () => {
  const recent = applyRecentMessage(listed(9), { ...appeared, revision: 3 });
  assert.equal(mergeFetched(recent, drawing(9, { revision: 2 }))[0].revision, 3);
});
