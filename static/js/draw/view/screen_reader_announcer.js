/* Announcements for screen readers: each new prediction once, and undo, redo and clear. */
import { hasCurrentPrediction, isEmpty } from "../drawing_reducer.js";
import { describeClaim, formatAnnouncement } from "../drawing_page_texts.js";

/** @typedef {import("../drawing_reducer.js").Drawing} Drawing */
/** @typedef {import("../page_state_reducer.js").DrawState} DrawState */

/** @type {Record<string, string>} */
const EVENTS = { undone: "Undone.", redone: "Redone.", cleared: "Cleared.", newDrawing: "New drawing." };

/** @param {HTMLElement} root */
export function createAnnouncer(root) {
  let last = "";
  return (/** @type {DrawState} */ { drawing, connection }, /** @type {DrawState | null} */ before, /** @type {any} */ event) => {
    const text = describeEvent(drawing, before, event) || describeResult(drawing, connection);
    if (!text || text === last) return;
    last = text;
    root.textContent = text;
  };
}

/**
 * @param {Drawing} drawing
 * @param {DrawState | null} before
 * @param {any} event
 */
function describeEvent(drawing, before, event) {
  if (!before || drawing === before.drawing) return "";
  if (drawing.claim !== before.drawing.claim) return describeClaim(drawing) || "Label removed.";
  if (!EVENTS[event.type]) return "";
  return `${EVENTS[event.type]} ${isEmpty(drawing) ? "The canvas is empty." : ""}`.trim();
}

/**
 * @param {Drawing} drawing
 * @param {ConnectionStatus} connection
 */
function describeResult(drawing, connection) {
  const isNew = drawing.problem || hasCurrentPrediction(drawing);
  return isNew && drawing.claim === null ? formatAnnouncement(drawing, connection) : "";
}
