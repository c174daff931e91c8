/* The drawing on the canvas survives a reload: it is kept in this tab's session storage while its user is
   signed in. A visitor has the user "". */
import { isStopped, onResume, pageUser } from "../page_user.js";
import { loadStoredInk, removeStoredInk, storeInk } from "../stored_ink.js";
import { emptyDrawing } from "./drawing_reducer.js";

/** @typedef {import("./drawing_reducer.js").Drawing} Drawing */

/** @type {(keyof Drawing)[]} */
const STORED_FIELDS = [
  "ref", "id", "revision", "strokes", "pointer", "drawnAt", "storedRevision", "prediction", "claim", "claimPending",
  "claimCount",
];

/**
 * Return the drawing as text, or null if there is nothing to keep. An uploaded image is not kept: the
 * history has it. Pure.
 * @param {string} user
 * @param {Drawing} drawing
 */
export function serializeDrawing(user, drawing) {
  return drawing.strokes.length > 0 ? JSON.stringify({ user, drawing: pickStored(drawing) }) : null;
}

/** @param {Drawing} drawing */
export function pickStored(drawing) {
  return Object.fromEntries(STORED_FIELDS.map((name) => [name, drawing[name]]));
}

/**
 * The inverse of serializeDrawing. Returns null for another user's or an invalid text. Pure.
 * @param {string} user
 * @param {string | null} text
 * @returns {Drawing | null}
 */
export function deserializeDrawing(user, text) {
  try {
    const stored = JSON.parse(text ?? "");
    return stored.user === user ? restoreDrawing(stored.drawing) : null;
  } catch {
    return null;
  }
}

/**
 * The inverse of pickStored. The undo history is not stored; afterwards undo removes stroke after stroke.
 * @param {any} stored
 * @returns {Drawing}
 */
export function restoreDrawing(stored) {
  const past = stored.strokes.map((/** @type {Stroke} */ _, /** @type {number} */ count) => stored.strokes.slice(0, count));
  return { ...emptyDrawing(stored.ref), ...stored, past };
}

/**
 * @param {Store<import("./page_state_reducer.js").DrawState>} store
 */
export function saveOnChange(store) {
  let owner = String(pageUser().id);
  const save = () => {
    owner = String(pageUser().id);
    const text = serializeDrawing(owner, store.state.drawing);
    if (isStopped()) return;
    if (text) storeInk(text);
    else removeStoredInk();
  };
  store.subscribe((state, before) => {
    if (state.drawing !== before.drawing || owner !== String(pageUser().id)) save();
  });
  onResume(save);
}

/** @param {string} user */
export function loadDrawing(user) {
  return deserializeDrawing(user, loadStoredInk());
}
