/* What a screen reader hears: each new answer once, and what undo, redo and clear did. */
import { isAnswered, isEmpty } from "../drawing.js";
import { labelWords, spokenWords } from "../text.js";

const CHANGES = { undone: "Undone.", redone: "Done again.", cleared: "Cleared.", renewed: "A new drawing." };

export function announcerView(root) {
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
  const isNews = drawing.problem || isAnswered(drawing);
  return isNews && drawing.label === null ? spokenWords(drawing, connection) : "";
}
