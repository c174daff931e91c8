/* The notice that the ink looks like several digits, with a button that splits it. */
import { partsOf, setText } from "../../dom.js";
import { splitDigits } from "../several_digits.js";

/** @typedef {import("../page_state_reducer.js").DrawState} DrawState */

/**
 * Return the number of digits if a split is offered, otherwise 0.
 * @param {Pick<DrawState, "drawing" | "parts">} state
 */
export function countOfferedParts({ drawing, parts }) {
  if (drawing.claim !== null || drawing.image !== null || parts) return 0;
  const { length } = splitDigits(drawing.strokes);
  return length > 1 ? length : 0;
}

/** @param {HTMLElement} root */
export function createSeveralDigitsNotice(root) {
  const button = partsOf(root)("command");
  return (/** @type {DrawState} */ state) => {
    const count = countOfferedParts(state);
    root.hidden = count === 0;
    if (count) setText(button, `Split into ${count} drawings`);
  };
}
