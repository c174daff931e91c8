/* A square board of cells on which a pointer or the arrow keys pick one. */
import { ARROW_STEPS } from "../arrow_key_grid_navigation.js";

/**
 * @typedef {object} PickerOptions
 * @property {number} cells in a row and in a column
 * @property {(row: number, column: number) => void} onCell receives every newly picked cell
 * @property {() => Position} at the current cell
 * @property {boolean} [hovers] a mouse picks without pressing a button
 */

/**
 * @param {HTMLElement} board
 * @param {PickerOptions} options
 */
export function attachCellPicker(board, { cells, onCell, at, hovers = true }) {
  const pick = (/** @type {number} */ row, /** @type {number} */ column) => {
    const [now, next] = [at(), { row: clamp(row, cells), column: clamp(column, cells) }];
    if (next.row !== now.row || next.column !== now.column) onCell(next.row, next.column);
  };
  const pickAt = (/** @type {PointerEvent} */ event) => {
    if (event.type === "pointermove" && event.buttons === 0 && !(hovers && event.pointerType === "mouse")) return;
    const box = board.getBoundingClientRect();
    pick(Math.floor(((event.clientY - box.top) / box.height) * cells), Math.floor(((event.clientX - box.left) / box.width) * cells));
  };
  board.addEventListener("pointerdown", (event) => {
    board.setPointerCapture(event.pointerId);
    pickAt(event);
  });
  board.addEventListener("pointermove", pickAt);
  board.addEventListener("keydown", (event) => {
    const step = ARROW_STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    pick(at().row + step.rows, at().column + step.columns);
  });
}

/**
 * @param {number} index
 * @param {number} count
 */
function clamp(index, count) {
  return Math.min(count - 1, Math.max(0, index));
}
