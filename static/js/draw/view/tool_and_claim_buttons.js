/* Buttons follow the state: possible actions are enabled, the current claim is pressed. */
import { canClaim, countPoints, isEmpty, predictedLabel } from "../drawing_reducer.js";

/** @typedef {import("../page_state_reducer.js").DrawState} DrawState */

/** @param {HTMLElement} root */
export function createToolButtons(root) {
  const [undo, redo, clear] = ["undo", "redo", "clear"].map((command) => commandButton(root, command));
  return (/** @type {DrawState} */ { drawing }) => {
    setEnabled(undo, drawing.past.length > 0 || drawing.claim !== null);
    setEnabled(redo, drawing.future.length > 0 && drawing.claim === null);
    setEnabled(clear, !isEmpty(drawing));
  };
}

/** @param {HTMLElement} root */
export function createClaimButtons(root) {
  const confirm = commandButton(root, "confirm");
  const buttons = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-label]")]);
  return (/** @type {DrawState} */ { drawing }) => {
    const isEnabled = canClaim(drawing) || drawing.claim !== null;
    const predicted = predictedLabel(drawing);
    root.classList.toggle("waiting", !isEnabled);
    setEnabled(confirm, isEnabled && predicted !== null);
    setPressed(confirm, drawing.claim !== null && drawing.claim === predicted);
    for (const button of buttons) {
      setEnabled(button, isEnabled);
      setPressed(button, button.dataset.label === String(drawing.claim));
    }
  };
}

/** @param {HTMLElement} note is shown while the drawing has reached a limit */
export function createFullNotice(note) {
  return (/** @type {DrawState} */ { drawing, limits }) => {
    note.hidden = drawing.strokes.length < limits.strokes && countPoints(drawing) < limits.points;
  };
}

/**
 * @param {HTMLElement} root
 * @param {string} command
 */
function commandButton(root, command) {
  return /** @type {HTMLElement} */ (root.querySelector(`[data-command="${command}"]`));
}

/**
 * Set aria-disabled and not `disabled`, which would take the focus from the button.
 * @param {HTMLElement} button
 * @param {boolean} isEnabled
 */
function setEnabled(button, isEnabled) {
  button.setAttribute("aria-disabled", String(!isEnabled));
}

/**
 * @param {HTMLElement} button
 * @param {boolean} isPressed
 */
function setPressed(button, isPressed) {
  button.setAttribute("aria-pressed", String(isPressed));
}
