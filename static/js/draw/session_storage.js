/* Drawings survive a reload: they are kept in this tab's session storage while their user is signed in. */
import { isStopped, onResume, pageUser } from "../page_user.js";
import { loadStoredInk, removeStoredInk, storeInk } from "../stored_ink.js";
import { emptyDrawing } from "./drawing_reducer.js";

/** @typedef {import("./drawing_reducer.js").Drawing} Drawing */
/** @typedef {Pick<import("./page_state_reducer.js").DrawState, "drawing" | "unsent">} Drawings */

/** @type {(keyof Drawing)[]} */
const STORED_FIELDS = [
  "ref", "id", "revision", "strokes", "pointer", "storedRevision", "prediction", "claim", "claimPending", "claimCount",
];

/**
 * Return the drawing on the canvas and the unsent ones as text, or null if there is nothing to keep.
 * An uploaded image is not kept: the history has it. Pure.
 * @param {string} user
 * @param {Drawings} state
 */
export function serializeState(user, { drawing, unsent }) {
  const drawings = [drawing, ...unsent].filter((one) => one.strokes.length > 0);
  if (drawings.length === 0) return null;
  const isOnCanvas = drawing.strokes.length > 0;
  return JSON.stringify({ user, isOnCanvas, drawings: drawings.map(pickStored) });
}

/** @param {Drawing} drawing */
function pickStored(drawing) {
  return Object.fromEntries(STORED_FIELDS.map((name) => [name, drawing[name]]));
}

/**
 * The inverse of serializeState. Returns null for another user's or an invalid text. Pure.
 * @param {string} user
 * @param {string | null} text
 * @returns {{ drawing: Drawing | null, unsent: Drawing[] } | null}
 */
export function deserializeState(user, text) {
  try {
    const stored = JSON.parse(text ?? "");
    if (stored.user !== user) return null;
    const drawings = stored.drawings.map(restoreDrawing);
    if (stored.isOnCanvas) return { drawing: drawings[0], unsent: drawings.slice(1) };
    return { drawing: null, unsent: drawings };
  } catch {
    return null;
  }
}

/**
 * The undo history is not stored; afterwards undo removes stroke after stroke.
 * @param {Drawing} stored
 */
function restoreDrawing(stored) {
  const past = stored.strokes.map((_, count) => stored.strokes.slice(0, count));
  return { ...emptyDrawing(stored.ref), ...stored, past };
}

/**
 * @param {Store<import("./page_state_reducer.js").DrawState>} store
 */
export function saveOnChange(store) {
  const save = () => {
    const text = serializeState(pageUser().id.toString(), store.state);
    if (isStopped()) return;
    if (text) storeInk(text);
    else removeStoredInk();
  };
  store.subscribe((state, before) => {
    if (state.drawing !== before.drawing || state.unsent !== before.unsent) save();
  });
  onResume(save);
}

/** @param {string} user */
export function loadState(user) {
  return deserializeState(user, loadStoredInk());
}
