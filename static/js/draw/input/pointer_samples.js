/* Pointer events as raw samples [x, y, t_ms, pressure]. Pure.
   The canvas is 1000 units wide and high at any size on the screen. Time starts at the first sample
   of the drawing. */
export const CANVAS_SIZE = 1000;

/**
 * @param {Pick<PointerEvent, "clientX" | "clientY" | "timeStamp" | "pressure">} event
 * @param {{ left: number, top: number, width: number, height: number }} box of the canvas
 * @param {number} startedAt time stamp at which the drawing's time starts
 * @returns {Sample}
 */
export function toSample(event, box, startedAt) {
  return [
    roundTo(((event.clientX - box.left) / box.width) * CANVAS_SIZE, 10),
    roundTo(((event.clientY - box.top) / box.height) * CANVAS_SIZE, 10),
    Math.max(0, Math.round(event.timeStamp - startedAt)),
    roundTo(event.pressure, 1000),
  ];
}

/**
 * Return all positions since the last event, where the browser keeps them.
 * @param {PointerEvent} event
 */
export function coalescedEvents(event) {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length ? events : [event];
}

/**
 * Append a sample, unless it has the place and the pressure of the last one.
 * @param {Stroke} stroke
 * @param {Sample} sample
 */
export function extendStroke(stroke, sample) {
  const last = stroke.at(-1);
  const isSame = last && last[0] === sample[0] && last[1] === sample[1] && last[3] === sample[3];
  if (!isSame) stroke.push(sample);
  return stroke;
}

/**
 * @param {number} number
 * @param {number} parts of one: 10 keeps tenths
 */
function roundTo(number, parts) {
  return Math.round(number * parts) / parts;
}
