/* What a screen reader hears: each new answer once, and what undo, redo and clear did. */
import { hasCurrentPrediction, isEmpty } from "../drawing.js";
import { labelWords, formatAnnouncement } from "../text.js";

const CHANGES = { undone: "Undone.", redone: "Done again.", cleared: "Cleared.", renewed: "A new drawing." };

export function createAnnouncer(root) {
  let said = "";
  return ({ drawing, connection }, before, event) => {
    const words = wordsFor(drawing, before, event) || answerOf(drawing, connection);
    if (!words || words === said) return;
    said = words;
    root.textContent = words;
  };
}

function wordsFor(drawing, before, event) {
  if (!before || drawing === before.drawing) return "";
  if (drawing.label !== before.drawing.label) return labelWords(drawing) || "Taken back.";
  if (!CHANGES[event.type]) return "";
  return `${CHANGES[event.type]} ${isEmpty(drawing) ? "The sheet is empty." : ""}`.trim();
}

function answerOf(drawing, connection) {
  const isNews = drawing.problem || hasCurrentPrediction(drawing);
  return isNews && drawing.label === null ? formatAnnouncement(drawing, connection) : "";
}
