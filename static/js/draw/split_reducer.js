/* A drawing of several digits that was split: the first part stays on the canvas, the others wait for their turn.
   All are ordinary drawings. Pure. */
import { changeInk, emptyDrawing, isEmpty, reduceDrawing } from "./drawing_reducer.js";
import { splitDigits } from "./several_digits.js";

/** @typedef {import("./drawing_reducer.js").Drawing} Drawing */
/** @typedef {import("./page_state_reducer.js").DrawState} DrawState */
/** @typedef {{ whole: Stroke[], waiting: Drawing[] }} Parts `whole` are the strokes before the split */

/**
 * Split the drawing on the canvas. Its first part keeps its ref, so that undo restores the whole.
 * @param {DrawState} state
 * @param {{ refs: string[], at: number }} event a ref for each of the other parts, and the time of the
 *   split: the parts are newer than the first, which may be stored already
 * @returns {DrawState}
 */
export function splitDrawing(state, { refs, at }) {
  const { drawing } = state;
  const [first, ...others] = splitDigits(drawing.strokes);
  if (others.length === 0 || drawing.claim !== null) return state;
  const waiting = others.map((strokes, index) => partOf(drawing, refs[index], strokes, at + index));
  return {
    ...state,
    drawing: changeInk(drawing, first),
    unsent: [...state.unsent, ...waiting],
    parts: { whole: drawing.strokes, waiting },
  };
}

/**
 * @param {Drawing} drawing
 * @param {string} ref
 * @param {Stroke[]} strokes
 * @param {number} drawnAt
 * @returns {Drawing}
 */
function partOf(drawing, ref, strokes, drawnAt) {
  const past = strokes.map((_, count) => strokes.slice(0, count));
  return { ...emptyDrawing(ref), pointer: drawing.pointer, drawnAt, revision: 1, strokes, past };
}

/**
 * Undoing the split removes the other parts; a new drawing shows the next one.
 * @param {DrawState} before
 * @param {DrawState} state after the event
 * @param {{ type: string }} event
 * @returns {DrawState}
 */
export function followSplit(before, state, event) {
  const { parts } = before;
  if (!parts) return state;
  if (state.drawing.ref === before.drawing.ref) {
    if (event.type !== "undone" || state.drawing.strokes !== parts.whole) return state;
    const refs = new Set(parts.waiting.map(({ ref }) => ref));
    const unsent = state.unsent.filter(({ ref }) => !refs.has(ref));
    return { ...state, drawing: { ...state.drawing, future: [] }, unsent, parts: null };
  }
  const [next, ...waiting] = parts.waiting;
  if (event.type !== "newDrawing" || !next) return { ...state, parts: null };
  const unsent = state.unsent.filter(({ ref }) => ref !== next.ref);
  return { ...state, drawing: next, unsent, parts: { whole: [], waiting } };
}

/**
 * Apply an event to the parts that wait.
 * @param {DrawState} state
 * @param {(drawing: Drawing) => Drawing} change
 * @returns {DrawState}
 */
export function updateParts(state, change) {
  const { parts } = state;
  if (!parts?.waiting.length) return state;
  const waiting = parts.waiting.map(change).filter((drawing) => !isEmpty(drawing));
  return { ...state, parts: { ...parts, waiting } };
}

/**
 * @param {DrawState} state
 * @param {any} event
 */
export function notePartSent(state, event) {
  return event.type === "sent" ? updateParts(state, (drawing) => reduceDrawing(drawing, event)) : state;
}
