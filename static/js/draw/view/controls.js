/* Buttons follow the state: what can be done is enabled, what was said is pressed. */
import { predictedLabel, canClaim, countPoints, isEmpty } from "../drawing.js";

export function createToolButtons(root) {
  const button = (command) => root.querySelector(`[data-command="${command}"]`);
  const [undo, redo, clear] = ["undo", "redo", "clear"].map(button);
  return ({ drawing }) => {
    enable(undo, drawing.past.length > 0 || drawing.label !== null);
    enable(redo, drawing.future.length > 0 && drawing.label === null);
    enable(clear, !isEmpty(drawing));
  };
}

export function createClaimButtons(root) {
  const yes = root.querySelector('[data-command="yes"]');
  const buttons = [...root.querySelectorAll("[data-label]")];
  return ({ drawing }) => {
    const isOpen = canClaim(drawing) || drawing.label !== null;
    const answer = predictedLabel(drawing);
    root.classList.toggle("waiting", !isOpen);
    enable(yes, isOpen && answer !== null);
    press(yes, drawing.label !== null && drawing.label === answer);
    for (const button of buttons) {
      enable(button, isOpen);
      press(button, button.dataset.label === String(drawing.label));
    }
  };
}

/* aria-disabled keeps the focus where it is when a button under it goes out of use. */
function enable(button, isEnabled) {
  button.setAttribute("aria-disabled", String(!isEnabled));
}

function press(button, isPressed) {
  button.setAttribute("aria-pressed", String(isPressed));
}

export function createFullNotice(note) {
  return ({ drawing, limits }) => {
    const { strokes } = drawing;
    note.hidden = strokes.length < limits.strokes && countPoints(drawing) < limits.points;
  };
}
