/* Buttons that confirm or correct the prediction. An unsure prediction has its two candidates instead of "yes".
   On small screens the other labels open with "no"; the stylesheet of large screens always shows them. */
import { partsOf, setText } from "../../dom.js";
import { bestLabels, capitalize, formatLabel } from "../../format_percent_and_labels.js";
import { canClaim, predictedLabel } from "../drawing_reducer.js";
import { setEnabled, setPressed } from "./tool_buttons.js";

/** @typedef {import("../drawing_reducer.js").Drawing} Drawing */
/** @typedef {import("../page_state_reducer.js").DrawState} DrawState */

/** @param {HTMLElement} root */
export function createClaimButtons(root) {
  const part = partsOf(root);
  const [confirm, toggle, choices] = ["command=confirm", "choices-toggle", "choices"].map(part);
  const candidates = findAll(root, "[data-candidate]");
  toggle.addEventListener("click", () => toggle.getAttribute("aria-disabled") === "true" || setOpen(toggle, choices, !("open" in choices.dataset)));
  return (/** @type {DrawState} */ { drawing }, /** @type {DrawState | null} */ before) => {
    if (drawing === before?.drawing) return;
    const isEnabled = canClaim(drawing) || drawing.claim !== null;
    const predicted = predictedLabel(drawing);
    const isConfirmed = drawing.claim !== null && drawing.claim === predicted;
    if (drawing.ref !== before?.drawing.ref || drawing.claim !== before.drawing.claim) setOpen(toggle, choices, false);
    showCandidates(candidates, drawing);
    confirm.hidden = !candidates[0].hidden;
    root.classList.toggle("waiting", !isEnabled);
    root.classList.toggle("confirmed", isConfirmed);
    setEnabled(confirm, isEnabled && predicted !== null);
    setEnabled(toggle, isEnabled);
    setPressed(confirm, isConfirmed);
    for (const button of findAll(root, "[data-label]")) {
      setEnabled(button, isEnabled);
      setPressed(button, button.dataset.label === String(drawing.claim));
    }
  };
}

/**
 * @param {HTMLElement[]} buttons
 * @param {Drawing} drawing
 */
function showCandidates(buttons, { prediction }) {
  const labels = prediction?.decision === "unsure" ? bestLabels(prediction, buttons.length).map(({ label }) => label) : [];
  buttons.forEach((button, index) => {
    const label = labels[index];
    button.hidden = label === undefined;
    if (label === undefined) return;
    button.dataset.label = String(label);
    button.toggleAttribute("data-short", label !== "not_a_digit");
    setText(button, capitalize(formatLabel(label)));
  });
}

/**
 * @param {HTMLElement} toggle
 * @param {HTMLElement} choices
 * @param {boolean} isOpen
 */
function setOpen(toggle, choices, isOpen) {
  toggle.setAttribute("aria-expanded", String(isOpen));
  choices.toggleAttribute("data-open", isOpen);
  if (isOpen) choices.scrollIntoView({ block: "nearest" });
}

/**
 * @param {HTMLElement} root
 * @param {string} selector
 */
function findAll(root, selector) {
  return /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);
}
