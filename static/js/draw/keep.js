/* The drawing on the sheet outlives a reload: kept in this tab's session storage, for one person. */
import { blankDrawing, isAnswered } from "./drawing.js";

const KEY = "sheet";

/* What of a drawing is kept, as text. Pure. An uploaded picture is not: it is in the history. */
export function packDrawing(user, drawing) {
  if (drawing.picture || drawing.strokes.length === 0) return null;
  const { ref, id, revision, strokes, pointer, answer, label } = drawing;
  return JSON.stringify({ user, ref, id, revision, strokes, pointer, answer, label });
}

/* The inverse; null for anything that is not a drawing of this person. Pure. */
export function unpackDrawing(user, text) {
  try {
    const { user: owner, ...kept } = JSON.parse(text);
    if (owner !== user || !Array.isArray(kept.strokes) || kept.strokes.length === 0) return null;
    const drawing = { ...blankDrawing(kept.ref), ...kept };
    return { ...drawing, past: drawing.strokes.map((_, i) => drawing.strokes.slice(0, i)), queued: isAnswered(drawing) ? drawing.revision : 0 };
  } catch {
    return null;
  }
}

export function keepDrawing(store, user, storage = sessionStorage) {
  store.subscribe(({ drawing }, before) => {
    if (drawing === before.drawing) return;
    const packed = packDrawing(user, drawing);
    try {
      if (packed) storage.setItem(KEY, packed);
      else storage.removeItem(KEY);
    } catch {
      return; // storage is blocked or full: the ink lives as long as the page
    }
  });
}

export function keptDrawing(user, storage = sessionStorage) {
  try {
    return unpackDrawing(user, storage.getItem(KEY));
  } catch {
    return null;
  }
}
