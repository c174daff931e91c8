/* Pointer events as raw samples [x, y, t_ms, pressure]. Pure.
   The sheet is 1000 units wide and high whatever its size on the screen; time runs from the first
   sample of the drawing. */
export const CANVAS_SIZE = 1000;

/* event: clientX, clientY, timeStamp, pressure; box: the sheet's { left, top, width, height };
   startedAt: the time stamp from which the drawing's time runs. */
export function toSample(event, box, startedAt) {
  return [
    rounded(((event.clientX - box.left) / box.width) * CANVAS_SIZE, 10),
    rounded(((event.clientY - box.top) / box.height) * CANVAS_SIZE, 10),
    Math.max(0, Math.round(event.timeStamp - startedAt)),
    rounded(event.pressure, 1000),
  ];
}

/* All positions since the last event, where the browser keeps them. */
export function coalescedEvents(event) {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length ? events : [event];
}

/* Adds a sample unless the pointer only rested there: the same place and the same pressure. */
export function extendStroke(stroke, sample) {
  const last = stroke.at(-1);
  const rests = last && last[0] === sample[0] && last[1] === sample[1] && last[3] === sample[3];
  if (!rests) stroke.push(sample);
  return stroke;
}

function rounded(number, parts) {
  return Math.round(number * parts) / parts;
}
