/* One pointer draws, and its events become raw samples. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { reducePointer, NO_POINTER } from "../../../static/js/draw/input/active_pointer.js";
import { coalescedEvents, extendStroke, toSample } from "../../../static/js/draw/input/pointer_samples.js";

function event(type, changes = {}) {
  return { type, pointerId: 1, pointerType: "touch", isPrimary: true, button: 0, buttons: 1, timeStamp: 0, ...changes };
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
  const second = { pointerId: 2, isPrimary: false };
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

test("a cancelled finger discards the stroke", () => {
  assert.deepEqual(actionsOf([event("pointerdown"), event("pointercancel")]), ["start", "discard"]);
});

for (const pointerType of ["pen", "mouse"]) {
  test(`a cancelled ${pointerType} keeps the stroke`, () => {
    assert.deepEqual(actionsOf([event("pointerdown", { pointerType }), event("pointercancel", { pointerType })]), ["start", "end"]);
  });
}

for (const pointerType of ["pen", "touch", "mouse"]) {
  const first = (type, changes) => event(type, { pointerType, pointerId: 7, ...changes });
  const second = (type, changes) => event(type, { pointerType, pointerId: 8, timeStamp: 20, ...changes });

  test(`a ${pointerType} whose end is lost: a move without contact ends the stroke, the next stroke is drawn`, () => {
    const steps = actionsOf([
      first("pointerdown"), first("pointermove"), first("pointermove", { buttons: 0 }),
      second("pointerdown"), second("pointermove"), second("pointerup", { buttons: 0 }),
    ]);
    assert.deepEqual(steps, ["start", "extend", "end", "start", "extend", "end"]);
  });

  test(`a ${pointerType} whose end is lost: the next press ends the stroke and draws`, () => {
    const steps = actionsOf([first("pointerdown"), second("pointerdown"), second("pointermove"), first("pointermove")]);
    assert.deepEqual(steps, ["start", "endAndStart", "extend", "ignore"]);
  });

  test(`a ${pointerType} whose end is lost: the same pointer draws again`, () => {
    assert.deepEqual(actionsOf([first("pointerdown"), first("pointerdown")]), ["start", "endAndStart"]);
  });
}

test("a mouse whose end is lost does not block a finger", () => {
  const mouse = { pointerType: "mouse", pointerId: 1 };
  assert.deepEqual(actionsOf([event("pointerdown", mouse), event("pointerdown", { pointerId: 2 })]), ["start", "endAndStart"]);
});

test("a pen whose end is lost does not block a finger for long", () => {
  const pen = { pointerType: "pen", pointerId: 7 };
  const steps = actionsOf([event("pointerdown", pen), event("pointerdown", { timeStamp: 900 }), event("pointerdown", { timeStamp: 2500 })]);
  assert.deepEqual(steps, ["start", "ignore", "endAndStart"]);
});

test("the stroke ends when the left mouse button is released before the right one", () => {
  const mouse = { pointerType: "mouse" };
  const steps = actionsOf([event("pointerdown", mouse), event("pointermove", { ...mouse, buttons: 3 }), event("pointermove", { ...mouse, buttons: 2 })]);
  assert.deepEqual(steps, ["start", "extend", "end"]);
});

test("a lost capture ends the stroke, the next stroke is drawn", () => {
  const steps = actionsOf([event("pointerdown"), event("lostpointercapture"), event("pointerup"), event("pointerdown")]);
  assert.deepEqual(steps, ["start", "end", "ignore", "start"]);
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
