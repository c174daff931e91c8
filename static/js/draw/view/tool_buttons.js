/* Buttons of the drawing tools: possible actions are enabled. */
import { countPoints, isEmpty } from "../drawing_reducer.js";

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
export function setEnabled(button, isEnabled) {
  button.setAttribute("aria-disabled", String(!isEnabled));
}

/**
 * @param {HTMLElement} button
 * @param {boolean} isPressed
 */
export function setPressed(button, isPressed) {
  button.setAttribute("aria-pressed", String(isPressed));
}
