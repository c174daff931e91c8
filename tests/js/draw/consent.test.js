/* Sentences about training after a label. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeTeaching } from "../../../static/js/draw/teaching_consent.js";

test("the note of a correction without consent names training", () => {
  for (const state of ["no", "guest"]) assert.match(describeTeaching(state, true), /^Saved\..*train.* models\.$/);
  for (const state of ["yes", "unasked"]) assert.doesNotMatch(describeTeaching(state, true), /train/);
});

test("the note of a confirmation does not name training", () => {
  for (const state of ["yes", "no", "guest", "unasked"]) assert.doesNotMatch(describeTeaching(state, false), /train/);
});
