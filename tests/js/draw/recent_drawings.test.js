/* The strip of latest drawings follows every tab and device. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeFetched, applyRecentMessage, mergeInk, mergeList, SHOWN, needsInk } from "../../../static/js/draw/recent.js";

const strokes = [[[1, 2]]];
const drawing = (n, changes = {}) => ({
  id: `id-${n}`, ref: `ref-${n}`, revision: 1, status: "recognized", prediction: { digit: n, verdict: "digit" },
  label: null, created_at: `2026-01-01T00:00:${String(n).padStart(2, "0")}+00:00`, strokes, ...changes,
});
const listed = (...numbers) => mergeList([], numbers.map((n) => drawing(n)));
const ids = (recent) => recent.map((item) => item.id);
const { strokes: _, ...withoutInk } = drawing(9, { status: "queued", prediction: null });
const appeared = { type: "drawing", cursor: 4, ...withoutInk };

test("the newest comes first", () => {
  assert.deepEqual(ids(listed(1, 3, 2)), ["id-3", "id-2", "id-1"]);
});

test("only so many are kept", () => {
  assert.equal(listed(...Array.from({ length: 30 }, (_, n) => n)).length, SHOWN);
});

test("a drawing from another device appears in front and wants its ink", () => {
  const recent = applyRecentMessage(listed(1, 2), appeared);
  assert.equal(recent[0].id, "id-9");
  assert.ok(needsInk(recent[0]));
  const fetched = mergeFetched(recent, drawing(9));
  assert.ok(!needsInk(fetched[0]));
  assert.deepEqual(ids(fetched), ["id-9", "id-2", "id-1"]);
});

test("ink drawn on this page need not be fetched", () => {
  const recent = mergeInk(applyRecentMessage([], appeared), { id: "id-9", revision: 1, strokes });
  assert.ok(!needsInk(recent[0]));
});

test("a picture on this page has no ink to give", () => {
  assert.ok(needsInk(mergeInk(applyRecentMessage([], appeared), { id: "id-9", revision: 1, strokes: [] })[0]));
});

test("a new revision keeps the old ink until its own is here", () => {
  const [item] = applyRecentMessage(listed(9), { ...appeared, revision: 2 });
  assert.deepEqual(item.strokes, strokes);
  assert.ok(needsInk(item));
});

test("answers and labels reach their drawing", () => {
  const answer = { type: "prediction", cursor: 5, id: "id-9", ref: "ref-9", revision: 1, digit: 3, verdict: "digit" };
  let [item] = applyRecentMessage(applyRecentMessage([], appeared), answer);
  assert.deepEqual([item.status, item.prediction.digit], ["recognized", 3]);
  [item] = applyRecentMessage([item], { type: "label", id: "id-9", label: 8 });
  assert.equal(item.label, 8);
});

test("an answer to an older revision is not shown under the new ink", () => {
  const recent = applyRecentMessage([], { ...appeared, revision: 2 });
  const answer = { type: "prediction", id: "id-9", revision: 1, digit: 3, verdict: "digit" };
  assert.equal(applyRecentMessage(recent, answer)[0].prediction, null);
});

test("a deleted drawing goes away", () => {
  assert.deepEqual(ids(applyRecentMessage(listed(1, 2), { type: "deleted", id: "id-2" })), ["id-1"]);
});

test("an answer that overtakes the ink stays", () => {
  const answer = { type: "prediction", id: "id-9", ref: "ref-9", revision: 1, digit: 3, verdict: "digit" };
  const recent = applyRecentMessage(applyRecentMessage([], appeared), answer);
  const asked = drawing(9, { status: "queued", prediction: null });
  for (const [item] of [mergeFetched(recent, asked), mergeList(recent, [asked])]) {
    assert.deepEqual([item.prediction.digit, item.status, item.strokes], [3, "recognized", strokes]);
    assert.ok(!needsInk(item));
  }
});

test("a drawing deleted while its ink was fetched stays away, one taken back comes back", () => {
  assert.deepEqual(mergeFetched(listed(1), drawing(2)), listed(1));
  assert.deepEqual(ids(mergeFetched(listed(1), drawing(2), { isBack: true })), ["id-2", "id-1"]);
});

test("what is fetched late does not undo a newer revision", () => {
  const recent = applyRecentMessage(listed(9), { ...appeared, revision: 3 });
  assert.equal(mergeFetched(recent, drawing(9, { revision: 2 }))[0].revision, 3);
});
