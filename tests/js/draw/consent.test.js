/* The question about training at the first correction, and the sentences after a label. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeLabel, TeachingConsent } from "../../../static/js/draw/teaching_consent.js";

const describe = (state, isCorrection, hasNextPart = false) => describeLabel(state, { isCorrection, hasNextPart });

test("the note of a correction without consent names training", () => {
  for (const state of ["no", "guest"]) assert.match(describe(state, true), /^Saved\..*train.* models\.$/);
  for (const state of ["yes", "unasked"]) assert.doesNotMatch(describe(state, true), /train/);
});

test("the note of a confirmation does not name training", () => {
  for (const state of ["yes", "no", "guest", "unasked"]) assert.doesNotMatch(describe(state, false), /train/);
});

test("only without further parts the text invites to draw the next one", () => {
  assert.match(describe("yes", false), /Draw/);
  for (const isCorrection of [true, false]) assert.doesNotMatch(describe("yes", isCorrection, true), /Draw/);
});

/** The part of a dialog that the question uses. */
class FakeDialog extends EventTarget {
  open = false;
  isConnected = true;
  returnValue = "";
  shown = 0;
  showModal() {
    this.open = true;
    this.shown += 1;
  }
  remove() {
    this.open = this.isConnected = false;
  }
}

test("the question comes once, at a correction of a user who was never asked", () => {
  for (const [teaching, shown] of [["unasked", 1], ["yes", 0], ["no", 0], ["guest", 0]]) {
    const dialog = new FakeDialog();
    const consent = new TeachingConsent({ dataset: { teaching } }, dialog);
    consent.askAfterCorrection();
    consent.askAfterCorrection();
    dialog.dispatchEvent(new Event("close"));
    consent.askAfterCorrection();
    assert.equal(dialog.shown, shown);
    assert.equal(consent.state, teaching);
  }
});
