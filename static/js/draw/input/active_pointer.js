/* The pointer that draws, one at a time. A second finger, a palm next to a pen and other mouse buttons
   draw nothing. Pure: (active, event) -> { active, action }, where action is the effect on the stroke. */

/** @typedef {{ id: number | null, type: string, penAt: number }} ActivePointer penAt: time of the last pen event */
/** @typedef {"start" | "extend" | "end" | "discard" | "restart" | "ignore"} StrokeAction */
/** @typedef {{ active: ActivePointer, action: StrokeAction }} Result */
/** @typedef {Pick<PointerEvent, "type" | "pointerId" | "pointerType" | "button" | "timeStamp">} PointerInput */

/** @type {Readonly<ActivePointer>} */
export const NO_POINTER = Object.freeze({ id: null, type: "", penAt: -Infinity });
const PALM_TIMEOUT_MS = 1500; // touches this soon after a pen event are the hand that holds the pen

/**
 * @param {Readonly<ActivePointer>} active
 * @param {PointerInput} event
 * @returns {Result}
 */
export function reducePointer(active, event) {
  if (event.type === "pointerdown") return press(active, event);
  if (event.pointerId !== active.id) return ignore(active);
  switch (event.type) {
    case "pointermove":
      return { active: withPenTime(active, event), action: "extend" };
    case "pointerup":
    case "lostpointercapture":
      return { active: release(active, event), action: "end" };
    case "pointercancel":
      return { active: release(active, event), action: "discard" };
    default:
      return ignore(active);
  }
}

/**
 * A pen takes over from a finger: the finger was the palm, which touched first.
 * @param {Readonly<ActivePointer>} active
 * @param {PointerInput} event
 * @returns {Result}
 */
function press(active, event) {
  const isPen = event.pointerType === "pen";
  if (event.button !== 0) return ignore(active);
  if (active.id !== null && !(isPen && active.type === "touch")) return ignore(active);
  if (event.pointerType === "touch" && event.timeStamp - active.penAt < PALM_TIMEOUT_MS) return ignore(active);
  const action = active.id === null ? "start" : "restart";
  return { active: withPenTime({ ...active, id: event.pointerId, type: event.pointerType }, event), action };
}

/**
 * @param {Readonly<ActivePointer>} active
 * @param {PointerInput} event
 */
function withPenTime(active, event) {
  return active.type === "pen" ? { ...active, penAt: event.timeStamp } : active;
}

/**
 * @param {Readonly<ActivePointer>} active
 * @param {PointerInput} event
 */
function release(active, event) {
  return { ...withPenTime(active, event), id: null, type: "" };
}

/**
 * @param {Readonly<ActivePointer>} active
 * @returns {Result}
 */
function ignore(active) {
  return { active, action: "ignore" };
}
