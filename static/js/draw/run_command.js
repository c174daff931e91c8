/* Commands of buttons and keys, which become events of the store. */
import { callApi } from "../api.js";
import { targetOf } from "../dom.js";
import { showToast } from "../toast.js";
import { emptyDrawing, predictedLabel } from "./drawing_reducer.js";
import { describeClaim } from "./drawing_page_texts.js";
import { isDiscarded } from "./page_state_reducer.js";
import { splitDigits } from "./several_digits.js";
import { describeLabel } from "./teaching_consent.js";
import { newRef } from "./uuid.js";

/** @typedef {import("./drawing_reducer.js").Drawing} Drawing */
/** @typedef {{ type: string, label?: ClassLabel }} Command */
/** @typedef {Store<import("./page_state_reducer.js").DrawState>} DrawStore */

/**
 * @typedef {object} Actions
 * @property {() => void} upload chooses an image
 * @property {() => void} resend sends the uploaded image again
 * @property {import("./net/discard_drawings.js").DrawingDiscarder} discarder
 * @property {import("./teaching_consent.js").TeachingConsent} consent
 */

/**
 * Return a function that runs a command.
 * @param {DrawStore} store
 * @param {Actions} actions
 */
export function createCommands(store, actions) {
  const { upload, resend, discarder, consent } = actions;
  /** @type {Record<string, (command: Command) => void>} */
  const commands = {
    undo: () => undoStroke(store, discarder),
    redo: () => store.dispatch({ type: "redone" }),
    clear: () => clear(store, discarder),
    split: () => split(store, discarder),
    new: () => store.dispatch({ type: "newDrawing", ref: newRef() }),
    retry: () => retry(store, resend),
    confirm: () => submitClaim(store, consent, predictedLabel(store.state.drawing)),
    label: ({ label = null }) => submitClaim(store, consent, label),
    unlabel: () => submitClaim(store, consent, store.state.drawing.claim),
    upload,
  };
  return (/** @type {Command} */ command) => commands[command.type](command);
}

/**
 * @param {DrawStore} store
 * @param {() => void} resend sends the uploaded image again
 */
function retry(store, resend) {
  const { image, ref } = store.state.drawing;
  if (image) resend();
  else store.dispatch({ type: "retried", ref });
}

/**
 * Clear the canvas. A drawing without a label is discarded; "new" keeps it.
 * @param {DrawStore} store
 * @param {Actions["discarder"]} discarder
 */
function clear(store, discarder) {
  const event = { type: "cleared", ref: newRef() };
  const { drawing } = store.state;
  const isLost = isDiscarded(store.state, event);
  store.dispatch(event);
  if (!isLost) return;
  discarder.discard(drawing);
  showToast("Drawing discarded.", { undo: () => undoClear(store, discarder, drawing, event.ref) });
}

/**
 * Bring the strokes back to the canvas, or the drawing to the history if the canvas is in use.
 * @param {DrawStore} store
 * @param {Actions["discarder"]} discarder
 * @param {Drawing} cleared
 * @param {string} ref of the empty canvas
 */
function undoClear(store, discarder, cleared, ref) {
  const { drawing } = store.state;
  const { id, strokes, pointer } = cleared;
  const isBack = strokes.length > 0 && strokes.every((stroke) => drawing.strokes.includes(stroke)); // undone by key
  if (isBack) return;
  if (drawing.ref === ref && !drawing.strokes.length && !cleared.image) store.dispatch({ type: "undone" });
  else if (id !== null) discarder.restore(id);
  else if (strokes.length) store.dispatch({ type: "kept", drawing: { ...emptyDrawing(newRef()), revision: 1, strokes, pointer } });
}

/**
 * @param {DrawStore} store
 * @param {Actions["discarder"]} discarder
 */
function split(store, discarder) {
  const count = splitDigits(store.state.drawing.strokes).length;
  store.dispatch({ type: "split", refs: Array.from({ length: count - 1 }, newRef), at: Date.now() });
  const { parts } = store.state;
  if (!parts) return;
  const undo = () => store.state.parts?.whole === parts.whole && undoStroke(store, discarder);
  showToast(`Split into ${count} drawings. Label one after the other.`, { undo });
}

/**
 * Undo the last change of the ink. If it was a split, the other parts are discarded.
 * @param {DrawStore} store
 * @param {Actions["discarder"]} discarder
 */
function undoStroke(store, discarder) {
  const { parts } = store.state;
  store.dispatch({ type: "undone" });
  if (parts && !store.state.parts) for (const part of parts.waiting) discarder.discard(part);
}

/**
 * @param {DrawStore} store
 * @param {Actions["consent"]} consent
 * @param {ClassLabel | null} claim
 */
function submitClaim(store, consent, claim) {
  const before = store.state.drawing;
  if (claim === null) return;
  store.dispatch({ type: "claimed", claim });
  const after = store.state.drawing;
  if (after === before) return;
  if (after.claim === null) return void showToast("Label removed.");
  const isCorrection = after.claim !== predictedLabel(after);
  const hasNextPart = Boolean(store.state.parts?.waiting.length);
  const text = `${describeClaim(after)}. ${describeLabel(consent.state, { isCorrection, hasNextPart })}`;
  showToast(text, { undo: () => undoClaim(store, before) });
  if (hasNextPart) store.dispatch({ type: "newDrawing", ref: newRef() });
  if (isCorrection) consent.askAfterCorrection();
}

/**
 * Restore the previous claim, even if the next drawing has started.
 * @param {DrawStore} store
 * @param {Drawing} before
 */
function undoClaim(store, { ref, id, claim }) {
  const { drawing } = store.state;
  if (drawing.ref !== ref) return saveClaim(id, claim);
  store.dispatch({ type: "claimed", claim: claim ?? drawing.claim }); // its current claim again removes it
}

/**
 * @param {string | null} id
 * @param {ClassLabel | null} claim
 */
async function saveClaim(id, claim) {
  try {
    await callApi(`drawings/${id}/claim/`, { method: "POST", body: { claim } });
  } catch (error) {
    showToast(/** @type {Error} */ (error).message);
  }
}

/**
 * A button names its command in data-command, a label button its label in data-label.
 * @param {HTMLElement} root
 * @param {(command: Command) => void} run
 */
export function attachCommandButtons(root, run) {
  root.addEventListener("click", (event) => {
    /** @type {HTMLElement | null} */
    const button = targetOf(event).closest("button[data-command], button[data-label]");
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    const { command, label } = button.dataset;
    if (command) run({ type: command });
    else run({ type: "label", label: label === "not_a_digit" ? label : Number(label) });
  });
}
