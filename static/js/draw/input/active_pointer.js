/* The pointer that draws, one at a time. A second finger, a palm next to a pen and other mouse buttons
   draw nothing. Browsers and drivers sometimes lose the event that ends a stroke: the next event shows it.
   Pure: (active, event) -> { active, action }, where action is the effect on the stroke. */

/** @typedef {{ id: number | null, type: string, penAt: number }} ActivePointer penAt: time of the last pen event */
/** @typedef {"start" | "extend" | "end" | "discard" | "restart" | "endAndStart" | "ignore"} StrokeAction */
/** @typedef {{ active: ActivePointer, action: StrokeAction }} Result */
/** @typedef {Pick<PointerEvent, "type" | "pointerId" | "pointerType" | "button" | "buttons" | "isPrimary" | "timeStamp">} PointerInput */

/** @type {Readonly<ActivePointer>} */
export const NO_POINTER = Object.freeze({ id: null, type: "", penAt: -Infinity });
const DRAWING_BUTTON = 1; // left mouse button, finger or pen in contact
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
      if (!(event.buttons & DRAWING_BUTTON)) return { active: release(active, event), action: "end" };
      return { active: withPenTime(active, event), action: "extend" };
    case "pointerup":
    case "lostpointercapture":
      return { active: release(active, event), action: "end" };
    case "pointercancel":
      // A cancelled finger is a palm or a gesture of the system. A pen or a mouse was drawing.
      return { active: release(active, event), action: active.type === "touch" ? "discard" : "end" };
    default:
      return ignore(active);
  }
}

/**
 * @param {Readonly<ActivePointer>} active
 * @param {PointerInput} event
 * @returns {Result}
 */
function press(active, event) {
  const isPalm = event.pointerType === "touch" && event.timeStamp - active.penAt < PALM_TIMEOUT_MS;
  if (event.button !== 0 || isPalm) return ignore(active);
  const action = actionOfPress(active, event);
  if (action === "ignore") return ignore(active);
  return { active: withPenTime({ ...active, id: event.pointerId, type: event.pointerType }, event), action };
}

/**
 * A pen takes over from a finger: the finger was the palm, which touched first. A second finger is not
 * primary. Any other press while a pointer is active shows that the active one was lifted.
 * @param {Readonly<ActivePointer>} active
 * @param {PointerInput} event
 * @returns {StrokeAction}
 */
function actionOfPress(active, { pointerType, isPrimary }) {
  if (active.id === null) return "start";
  if (active.type === "touch" && pointerType === "pen") return "restart";
  const isSecondFinger = active.type === "touch" && pointerType === "touch" && !isPrimary;
  return isSecondFinger ? "ignore" : "endAndStart";
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
