/* The small canvas of the explanation page. It shows the explained drawing; signed-in users draw on it. */
import { DrawingCanvas } from "../draw/input/drawing_canvas.js";
import { CANVAS_SIZE } from "../draw/input/pointer_samples.js";
import { squareAround } from "../ink/ink_to_svg.js";

const LIMITS = { strokes: 200, points: 5000 };

/**
 * @param {HTMLCanvasElement} element
 * @param {{ canDraw: boolean, onInk: (strokes: Stroke[]) => void }} options onInk receives every change by
 *   the user; the first stroke after `show` starts a new drawing
 */
export function createSketchPad(element, { canDraw, onInk }) {
  /** @type {{ strokes: Stroke[], isShown: boolean, pointer: string }} */
  const state = { strokes: [], isShown: true, pointer: "" };
  const canvas = new DrawingCanvas(element, {
    onStart: () => {
      if (!state.isShown || !canDraw) return;
      Object.assign(state, { strokes: [], isShown: false });
      canvas.show(state.strokes);
    },
    onStroke: (stroke, pointer) => {
      Object.assign(state, { strokes: [...state.strokes, stroke], pointer });
      canvas.show(state.strokes);
      onInk(state.strokes);
    },
    remainingPoints: () => (canDraw && state.strokes.length < LIMITS.strokes ? LIMITS.points - state.strokes.flat().length : 0),
  });
  element.classList.toggle("is-still", !canDraw);
  return {
    get drawing() {
      return { strokes: state.strokes, pointer: state.pointer };
    },
    /** @param {Stroke[]} strokes */
    show(strokes) {
      Object.assign(state, { strokes, isShown: true });
      canvas.show(fitToCanvas(strokes));
    },
    clear() {
      Object.assign(state, { strokes: [], isShown: false });
      canvas.show(state.strokes);
      onInk(state.strokes);
    },
  };
}

/**
 * Strokes in canvas units keep their place. Imported strokes have other units: they are scaled and
 * centred.
 * @param {Stroke[]} strokes
 */
function fitToCanvas(strokes) {
  const { x, y, side } = squareAround(strokes);
  const isInside = strokes.flat().every(([left, top]) => left >= 0 && top >= 0 && left <= CANVAS_SIZE && top <= CANVAS_SIZE);
  if (side > CANVAS_SIZE / 4 && isInside) return strokes;
  const scale = CANVAS_SIZE / side;
  return strokes.map((stroke) => stroke.map(([left, top, ...rest]) => [(left - x) * scale, (top - y) * scale, ...rest]));
}
