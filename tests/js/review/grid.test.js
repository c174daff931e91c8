/* Choosing drawings of a grid. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { extend, NOTHING, describeOutcome, toggle } from "../../../static/js/review/grid/selection.js";

const IDS = ["a", "b", "c", "d", "e"];
const chosen = (selection) => [...selection.chosen].sort().join("");

test("choosing again lets go, and nothing else", () => {
  const two = toggle(toggle(NOTHING, "a"), "c");
  assert.equal(chosen(two), "ac");
  assert.equal(chosen(toggle(two, "a")), "c");
  assert.equal(chosen(NOTHING), "");
});

test("an extension takes all between, and gives back when it shrinks or turns", () => {
  const begun = toggle(toggle(NOTHING, "a"), "c");
  const far = extend(begun, IDS, { from: "c", to: "e" });
  assert.equal(chosen(far), "acde");
  assert.equal(chosen(extend(far, IDS, { from: "e", to: "d" })), "acd");
  assert.equal(chosen(extend(far, IDS, { from: "e", to: "b" })), "abc");
});

test("an extension from nothing, or from one that has gone, begins where one is", () => {
  assert.equal(chosen(extend(NOTHING, IDS, { from: "b", to: "c" })), "bc");
  assert.equal(chosen(extend({ ...NOTHING, anchor: "z" }, IDS, { from: "d", to: "d" })), "d");
});

test("what came of it is said in numbers", () => {
  const outcome = (done, refused) => ({ done: Array(done).fill({}), refused: Array(refused).fill({}) });
  assert.equal(describeOutcome(outcome(3, 0), 7), "3 drawings now 7.");
  assert.equal(describeOutcome(outcome(1, 2), "not_a_digit"), "1 drawing now not a digit; 2 left as they were.");
  assert.equal(describeOutcome(outcome(0, 1), "set_aside"), "Nothing changed; 1 left as it was.");
});
