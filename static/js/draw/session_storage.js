/* What was drawn outlives a reload: kept in this tab's session storage, for one person. */
import { emptyDrawing } from "./drawing.js";

const KEY = "sheet";
const KEPT = [
  "ref", "id", "revision", "strokes", "pointer", "queued", "answer", "label", "labelPending", "labelCount",
];

/* The drawing on the sheet and those still unsaid, as text; null when there is nothing to keep. Pure.
   An uploaded picture is not kept: it is in the history. */
export function serializeState(user, { drawing, left }) {
  const drawings = [drawing, ...left].filter((one) => one.strokes.length > 0);
  if (drawings.length === 0) return null;
  const isOnSheet = drawing.strokes.length > 0;
  return JSON.stringify({ user, isOnSheet, drawings: drawings.map(pack) });
}

function pack(drawing) {
  return Object.fromEntries(KEPT.map((name) => [name, drawing[name]]));
}

/* The inverse: { drawing (or null), left }, or null for anything that is not this person's. Pure. */
export function deserializeState(user, text) {
  try {
    const kept = JSON.parse(text);
    if (kept.user !== user) return null;
    const drawings = kept.drawings.map(unpack);
    return kept.isOnSheet ? { drawing: drawings[0], left: drawings.slice(1) } : { drawing: null, left: drawings };
  } catch {
    return null;
  }
}

/* Undo takes the strokes back one by one, whatever the order of things was before. */
function unpack(kept) {
  const past = kept.strokes.map((_, count) => kept.strokes.slice(0, count));
  return { ...emptyDrawing(kept.ref), ...kept, past };
}

export function saveOnChange(store, user, storage = sessionStorage) {
  store.subscribe((state, before) => {
    if (state.drawing === before.drawing && state.left === before.left) return;
    const packed = serializeState(user, state);
    try {
      if (packed) storage.setItem(KEY, packed);
      else storage.removeItem(KEY);
    } catch {
      return; // storage is blocked or full: the ink lives as long as the page
    }
  });
}

export function loadState(user, storage = sessionStorage) {
  try {
    return deserializeState(user, storage.getItem(KEY));
  } catch {
    return null;
  }
}
