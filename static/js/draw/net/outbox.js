/* What has to be said to the server, derived from the state alone, so that nothing is forgotten
   when the connection breaks: whatever is unanswered is said again on the next one. Pure. */
import { isWaiting } from "../drawing.js";

/* The messages this state owes, as { key, message }; told holds the keys of what this connection was
   told already and is empty on a new one. */
export function unsentMessages({ drawing, left, connection }, told) {
  if (connection.name !== "open") return [];
  const all = [...left, drawing].flatMap((one) => [drawMessage(one), labelMessage(one)]);
  return all.filter((owes) => owes && !told.has(owes.key));
}

function drawMessage(drawing) {
  if (!isWaiting(drawing) || drawing.picture) return null;
  const { ref, revision, strokes, pointer } = drawing;
  const message = { type: "draw", ref, revision, strokes, ...(pointer && { pointer }) };
  return { key: `draw ${ref} ${revision}`, message };
}

function labelMessage({ id, label, labelPending, labelCount }) {
  if (!labelPending || id === null) return null;
  return { key: `label ${id} ${labelCount}`, message: { type: "label", id, label } };
}
