/* The small sheet of the page: shows the drawing that is explained; who is signed in draws on it. */
import { DrawingCanvas } from "../draw/input/drawing_canvas.js";
import { CANVAS_SIZE } from "../draw/input/pointer_samples.js";
import { squareAround } from "../ink/svg.js";

const LIMITS = { strokes: 200, points: 5000 };

/* onInk(strokes) hears of every change by hand: the first stroke after `show` starts a new drawing. */
export function createSketchPad(canvas, { canDraw, onInk }) {
  const state = { strokes: [], isShown: true, pointer: "" };
  const sheet = new DrawingCanvas(canvas, {
    onStart: () => {
      if (!state.isShown || !canDraw) return;
      Object.assign(state, { strokes: [], isShown: false });
      sheet.show(state.strokes);
    },
    onStroke: (stroke, pointer) => {
      Object.assign(state, { strokes: [...state.strokes, stroke], pointer });
      sheet.show(state.strokes);
      onInk(state.strokes);
    },
    room: () => (canDraw && state.strokes.length < LIMITS.strokes ? LIMITS.points - state.strokes.flat().length : 0),
  });
  canvas.classList.toggle("is-still", !canDraw);
  return {
    get drawing() {
      return { strokes: state.strokes, pointer: state.pointer };
    },
    show(strokes) {
      Object.assign(state, { strokes, isShown: true });
      sheet.show(onSheet(strokes));
    },
    clear() {
      Object.assign(state, { strokes: [], isShown: false });
      sheet.show(state.strokes);
      onInk(state.strokes);
    },
  };
}

/* Ink of a sheet of ours lies as it was drawn; ink from elsewhere has units of its own, and is brought
   into the middle. */
function onSheet(strokes) {
  const { x, y, side } = squareAround(strokes);
  const isOurs = side > CANVAS_SIZE / 4 && strokes.flat().every(([left, top]) => left >= 0 && top >= 0 && left <= CANVAS_SIZE && top <= CANVAS_SIZE);
  if (isOurs) return strokes;
  const scale = CANVAS_SIZE / side;
  return strokes.map((stroke) => stroke.map(([left, top, ...rest]) => [(left - x) * scale, (top - y) * scale, ...rest]));
}
