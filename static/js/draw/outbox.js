/* What has to be said to the server, derived from the state alone, so that nothing is forgotten
   when the connection breaks: whatever is unanswered is said again on the next one. Pure. */
import { isWaiting } from "./drawing.js";

/* The messages this state owes, as { kind, key, message }; told is { kind: key } of what this
   connection was told last, empty on a new one. */
export function owed({ drawing, connection }, told) {
  if (connection.name !== "open") return [];
  return [drawMessage(drawing), labelMessage(drawing)].filter((owes) => owes && told[owes.kind] !== owes.key);
}

function drawMessage(drawing) {
  if (!isWaiting(drawing) || drawing.picture) return null;
  const { ref, revision, tries, strokes, pointer } = drawing;
  const message = { type: "draw", ref, revision, strokes, ...(pointer && { pointer }) };
  return { kind: "draw", key: `${ref} ${revision} ${tries}`, message };
}

function labelMessage({ id, label, labelPending, labelCount }) {
  if (!labelPending || id === null) return null;
  return { kind: "label", key: `${id} ${labelCount}`, message: { type: "label", id, label } };
}
