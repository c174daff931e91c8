/* One pointer draws, and its events become raw samples. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { reducePointer, NO_POINTER } from "../../../static/js/draw/input/active_pointer.js";
import { coalescedEvents, extendStroke, toSample } from "../../../static/js/draw/input/pointer_samples.js";

function event(type, changes = {}) {
  return { type, pointerId: 1, pointerType: "touch", button: 0, timeStamp: 0, ...changes };
}

function actionsOf(events) {
  let active = NO_POINTER;
  return events.map((one) => {
    const step = reducePointer(active, one);
    active = step.active;
    return step.action;
  });
}

test("a finger starts, extends and ends a stroke", () => {
  assert.deepEqual(actionsOf([event("pointerdown"), event("pointermove"), event("pointerup")]), ["start", "extend", "end"]);
});

test("a lost capture after the end is ignored", () => {
  const steps = actionsOf([event("pointerdown"), event("pointerup"), event("lostpointercapture")]);
  assert.deepEqual(steps, ["start", "end", "ignore"]);
});

test("a second finger is ignored", () => {
  const second = { pointerId: 2 };
  const steps = actionsOf([
    event("pointerdown"),
    event("pointerdown", second),
    event("pointermove", second),
    event("pointerup", second),
    event("pointermove"),
  ]);
  assert.deepEqual(steps, ["start", "ignore", "ignore", "ignore", "extend"]);
});

test("a pen replaces a palm that touched first", () => {
  const pen = { pointerId: 2, pointerType: "pen", timeStamp: 30 };
  assert.deepEqual(actionsOf([event("pointerdown"), event("pointerdown", pen), event("pointermove")]), ["start", "restart", "ignore"]);
});

test("a palm shortly after the pen is ignored, a later finger draws", () => {
  const pen = { pointerId: 2, pointerType: "pen" };
  const steps = actionsOf([
    event("pointerdown", { ...pen, timeStamp: 0 }),
    event("pointerup", { ...pen, timeStamp: 400 }),
    event("pointerdown", { timeStamp: 900 }),
    event("pointerdown", { timeStamp: 2500 }),
  ]);
  assert.deepEqual(steps, ["start", "end", "ignore", "start"]);
});

test("a cancelled pointer discards the stroke", () => {
  assert.deepEqual(actionsOf([event("pointerdown"), event("pointercancel")]), ["start", "discard"]);
});

test("only the first mouse button draws", () => {
  assert.deepEqual(actionsOf([event("pointerdown", { pointerType: "mouse", button: 2 })]), ["ignore"]);
});

test("samples are in canvas units at any size on the screen", () => {
  const box = { left: 100, top: 50, width: 250, height: 250 };
  const sample = toSample({ clientX: 225, clientY: 300, timeStamp: 1540.4, pressure: 0.43219 }, box, 1500);
  assert.deepEqual(sample, [500, 1000, 40, 0.432]);
});

test("all coalesced events are used", () => {
  const kept = [{ n: 1 }, { n: 2 }];
  assert.equal(coalescedEvents({ getCoalescedEvents: () => kept }), kept);
  const plain = { getCoalescedEvents: () => [] };
  assert.deepEqual(coalescedEvents(plain), [plain]);
});

test("a sample is skipped if place and pressure are the same", () => {
  const stroke = [[1, 1, 0, 0.5]];
  extendStroke(stroke, [1, 1, 9, 0.5]);
  extendStroke(stroke, [1, 1, 20, 0.6]);
  assert.equal(stroke.length, 2);
});
