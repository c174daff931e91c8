/* Who holds the pen: one pointer at a time; a second finger, a palm beside a pen and the other mouse
   buttons draw nothing. Pure: (hold, event) -> { hold, does }, does is what to do with the stroke:
   "start", "extend", "end", "discard", "restart" or "ignore". */

export const NO_POINTER = Object.freeze({ id: null, kind: "", penAt: -Infinity });
const PALM_MS = 1500; // touches this soon after a pen are the hand that holds it

export function followPointer(hold, event) {
  switch (event.type) {
    case "pointerdown":
      return press(hold, event);
    case "pointermove":
      return event.pointerId === hold.id ? { hold: touchedBy(hold, event), does: "extend" } : ignore(hold);
    case "pointerup":
    case "lostpointercapture":
      return event.pointerId === hold.id ? { hold: release(hold, event), does: "end" } : ignore(hold);
    case "pointercancel":
      return event.pointerId === hold.id ? { hold: release(hold, event), does: "discard" } : ignore(hold);
    default:
      return ignore(hold);
  }
}

function press(hold, event) {
  const isPen = event.pointerType === "pen";
  if (event.button !== 0) return ignore(hold);
  if (hold.id !== null && !(isPen && hold.kind === "touch")) return ignore(hold);
  if (event.pointerType === "touch" && event.timeStamp - hold.penAt < PALM_MS) return ignore(hold);
  const does = hold.id === null ? "start" : "restart";
  return { hold: touchedBy({ ...hold, id: event.pointerId, kind: event.pointerType }, event), does };
}

function touchedBy(hold, event) {
  return hold.kind === "pen" ? { ...hold, penAt: event.timeStamp } : hold;
}

function release(hold, event) {
  return { ...touchedBy(hold, event), id: null, kind: "" };
}

function ignore(hold) {
  return { hold, does: "ignore" };
}
