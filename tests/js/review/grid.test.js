/* Selecting and labelling drawings of the review grid. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chunk, describeOthers, describeOutcome, EMPTY_SELECTION, extend, toggle } from "../../../static/js/review/grid/selection.js";
import { SavedLabels } from "../../../static/js/review/grid/saved_labels.js";

const IDS = ["a", "b", "c", "d", "e"];
const selected = (selection) => [...selection.selected].sort().join("");

test("selecting again deselects that drawing only", () => {
  const two = toggle(toggle(EMPTY_SELECTION, "a"), "c");
  assert.equal(selected(two), "ac");
  assert.equal(selected(toggle(two, "a")), "c");
  assert.equal(selected(EMPTY_SELECTION), "");
});

test("a range selects everything between, and shrinks again", () => {
  const begun = toggle(toggle(EMPTY_SELECTION, "a"), "c");
  const far = extend(begun, IDS, { from: "c", to: "e" });
  assert.equal(selected(far), "acde");
  assert.equal(selected(extend(far, IDS, { from: "e", to: "d" })), "acd");
  assert.equal(selected(extend(far, IDS, { from: "e", to: "b" })), "abc");
});

test("a range without an anchor starts at the focused drawing", () => {
  assert.equal(selected(extend(EMPTY_SELECTION, IDS, { from: "b", to: "c" })), "bc");
  assert.equal(selected(extend({ ...EMPTY_SELECTION, anchor: "z" }, IDS, { from: "d", to: "d" })), "d");
});

test("the outcome is described in numbers", () => {
  const outcome = (done, refused) => ({ done: Array(done).fill({}), refused: Array(refused).fill({}) });
  assert.equal(describeOutcome(outcome(3, 0), 7), "3 drawings labelled 7.");
  assert.equal(describeOutcome(outcome(1, 2), "not_a_digit"), "1 drawing labelled not a digit; 2 unchanged.");
  assert.equal(describeOutcome(outcome(0, 1), "set_aside"), "Nothing changed; 1 unchanged.");
});

test("the button for all others has their number", () => {
  assert.equal(describeOthers(53, 4, true), "All 53 others are 4");
  assert.equal(describeOthers(60, "not_a_digit", false), "All 60 are not a digit");
  assert.equal(describeOthers(1, 4, true), "The other one is 4");
});

test("a list is split into parts", () => {
  assert.deepEqual(chunk([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]]);
  assert.deepEqual(chunk([], 2), []);
});

test("a label that was never saved is not shown as saved", () => {
  const labels = new SavedLabels();
  const first = labels.begin(["a", "b"]);
  const second = labels.begin(["a"]);
  assert.deepEqual([labels.isNewest("a", first), labels.isNewest("b", first), labels.isNewest("a", second)], [false, true, true]);
  labels.save(["b"], () => 4); // the first request failed for "a"
  const before = labels.copy(["a"]);
  assert.equal(labels.get("a"), undefined);
  labels.save(["a"], () => 7);
  assert.equal(labels.get("a"), 7);
  labels.save(["a"], (id) => before.get(id)); // undone
  assert.equal(labels.get("a"), undefined);
});
