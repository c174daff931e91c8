/* One pointer holds the pen; what it says becomes raw samples. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { followPointer, NO_POINTER } from "../../../static/js/draw/input/active_pointer.js";
import { coalescedEvents, extendStroke, toSample } from "../../../static/js/draw/input/pointer_samples.js";

function event(type, changes = {}) {
  return { type, pointerId: 1, pointerType: "touch", button: 0, timeStamp: 0, ...changes };
}

function does(events) {
  let hold = NO_POINTER;
  return events.map((one) => {
    const step = followPointer(hold, one);
    hold = step.hold;
    return step.does;
  });
}

test("a finger goes down, moves and lifts", () => {
  assert.deepEqual(does([event("pointerdown"), event("pointermove"), event("pointerup")]), ["start", "extend", "end"]);
});

test("the capture that is lost after the lift ends nothing twice", () => {
  const steps = does([event("pointerdown"), event("pointerup"), event("lostpointercapture")]);
  assert.deepEqual(steps, ["start", "end", "ignore"]);
});

test("a second finger draws nothing and does not end the first one's stroke", () => {
  const second = { pointerId: 2 };
  const steps = does([
    event("pointerdown"),
    event("pointerdown", second),
    event("pointermove", second),
    event("pointerup", second),
    event("pointermove"),
  ]);
  assert.deepEqual(steps, ["start", "ignore", "ignore", "ignore", "extend"]);
});

test("a palm that lands before the pen gives way to it", () => {
  const pen = { pointerId: 2, pointerType: "pen", timeStamp: 30 };
  assert.deepEqual(does([event("pointerdown"), event("pointerdown", pen), event("pointermove")]), ["start", "restart", "ignore"]);
});

test("a palm shortly after the pen draws nothing, a finger later does", () => {
  const pen = { pointerId: 2, pointerType: "pen" };
  const steps = does([
    event("pointerdown", { ...pen, timeStamp: 0 }),
    event("pointerup", { ...pen, timeStamp: 400 }),
    event("pointerdown", { timeStamp: 900 }),
    event("pointerdown", { timeStamp: 2500 }),
  ]);
  assert.deepEqual(steps, ["start", "end", "ignore", "start"]);
});

test("a stroke that the system takes away is discarded", () => {
  assert.deepEqual(does([event("pointerdown"), event("pointercancel")]), ["start", "discard"]);
});

test("only the first mouse button draws", () => {
  assert.deepEqual(does([event("pointerdown", { pointerType: "mouse", button: 2 })]), ["ignore"]);
});

test("samples are in sheet units whatever the sheet's size on the screen", () => {
  const box = { left: 100, top: 50, width: 250, height: 250 };
  const sample = toSample({ clientX: 225, clientY: 300, timeStamp: 1540.4, pressure: 0.43219 }, box, 1500);
  assert.deepEqual(sample, [500, 1000, 40, 0.432]);
});

test("every position the browser kept back is used", () => {
  const kept = [{ n: 1 }, { n: 2 }];
  assert.equal(coalescedEvents({ getCoalescedEvents: () => kept }), kept);
  const plain = { getCoalescedEvents: () => [] };
  assert.deepEqual(coalescedEvents(plain), [plain]);
});

test("a pointer that rests adds nothing, one that presses harder does", () => {
  const stroke = [[1, 1, 0, 0.5]];
  extendStroke(stroke, [1, 1, 9, 0.5]);
  extendStroke(stroke, [1, 1, 20, 0.6]);
  assert.equal(stroke.length, 2);
});
