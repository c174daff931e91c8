/* Commands of buttons and keys, which become events of the store. */
import { callApi } from "../api.js";
import { targetOf } from "../dom.js";
import { showToast } from "../toast.js";
import { predictedLabel } from "./drawing_reducer.js";
import { describeClaim } from "./drawing_page_texts.js";
import { newRef } from "./uuid.js";

/** @typedef {import("./drawing_reducer.js").Drawing} Drawing */
/** @typedef {{ type: string, label?: ClassLabel }} Command */
/** @typedef {Store<import("./page_state_reducer.js").DrawState>} DrawStore */

/**
 * Return a function that runs a command.
 * @param {DrawStore} store
 * @param {{ upload: () => void, resend: () => void }} actions
 */
export function createCommands(store, { upload, resend }) {
  /** @type {Record<string, (command: Command) => void>} */
  const commands = {
    undo: () => store.dispatch({ type: "undone" }),
    redo: () => store.dispatch({ type: "redone" }),
    clear: () => store.dispatch({ type: "cleared", ref: newRef() }),
    new: () => store.dispatch({ type: "newDrawing", ref: newRef() }),
    retry: () => retry(store, resend),
    confirm: () => submitClaim(store, predictedLabel(store.state.drawing)),
    label: ({ label = null }) => submitClaim(store, label),
    unlabel: () => submitClaim(store, store.state.drawing.claim),
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
 * @param {DrawStore} store
 * @param {ClassLabel | null} claim
 */
function submitClaim(store, claim) {
  const before = store.state.drawing;
  if (claim === null) return;
  store.dispatch({ type: "claimed", claim });
  const after = store.state.drawing;
  if (after === before) return;
  if (after.claim === null) showToast("Label removed.");
  else showToast(`${describeClaim(after)}. Draw the next one.`, { undo: () => undoClaim(store, before) });
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
    const button = targetOf(event).closest("[data-command], [data-label]");
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    const { command, label } = button.dataset;
    if (command) run({ type: command });
    else run({ type: "label", label: label === "not_a_digit" ? label : Number(label) });
  });
}
