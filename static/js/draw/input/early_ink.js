/* Ink that was drawn before the scripts had loaded. An inline script of the page has recorded it. */

/**
 * Return the recorded pointer events of a canvas and stop the recorder.
 * @param {HTMLCanvasElement} element
 * @returns {PointerEvent[]}
 */
export function takeEarlyEvents(element) {
  const { stopRecorder } = /** @type {{ stopRecorder?: () => PointerEvent[] }} */ (/** @type {unknown} */ (element));
  return stopRecorder?.() ?? [];
}

/**
 * Draw the recorded ink. A stroke that is not finished continues with the next event.
 * @param {import("./drawing_canvas.js").DrawingCanvas} canvas
 * @param {PointerEvent[]} events
 */
export function drawEarlyInk(canvas, events) {
  for (const event of events) canvas.handleEvent(event);
}
