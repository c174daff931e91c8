/* The same drawing with and without centering and scaling, at a position that the user chooses. */
import { CANVAS_SIZE } from "../../draw/input/pointer_samples.js";
import { partsOf, svg, targetOf } from "../../dom.js";
import { inkBounds, svgPath } from "../../ink/ink_to_svg.js";
import { attachCellPicker } from "../cell_picker.js";
import { renderInk } from "../render_raster.js";
import { decodeRasters, SIDE } from "../tensor_math.js";
import { formatLabel } from "../../format_percent_and_labels.js";
import { formatPrediction } from "../explanation_page_texts.js";

const PEN_WIDTH = (2.25 / SIDE) * CANVAS_SIZE;

/** @typedef {Position & { size: number }} Placement `size` is an index into Positions.sizes */

/** @param {HTMLElement} root */
export function createCenteringFigure(root) {
  const part = partsOf(root, "place-");
  const state = { size: 2, row: 0, column: 0, hasMoved: false };
  /** @type {{ explanation: Explanation, strokes: Stroke[] | null, raster: Uint8Array, rasters: Uint8Array[] } | null} */
  let shown = null;
  const move = (/** @type {Partial<Placement>} */ change) => {
    Object.assign(state, change, { hasMoved: true });
    draw();
  };
  attachCellPicker(part("sheet"), { cells: 5, at: () => state, hovers: false, onCell: (row, column) => move({ row, column }) });
  root.addEventListener("change", (event) => move({ size: Number(targetOf(event).value) }));

  function draw() {
    if (!shown) return;
    const { explanation, strokes, raster, rasters } = shown;
    const { across, predictions, sizes } = explanation.positions;
    const index = (state.size * across + state.row) * across + state.column;
    renderInk(part("with"), raster, SIDE);
    renderInk(part("without"), rasters[index], SIDE);
    part("with-prediction").textContent = formatPrediction(explanation);
    part("without-prediction").textContent = formatPrediction(predictions[index]);
    part("without-prediction").dataset.same = predictions[index].digit === explanation.digit;
    part("picture").hidden = strokes !== null; // an uploaded image has a raster only
    if (!strokes) renderInk(part("picture"), rasters[index], SIDE);
    part("ink").replaceChildren(
      ...positionDots(explanation, state.size),
      ...(strokes ? [placedInk(strokes, sizes[state.size], state, across)] : []),
    );
  }

  return {
    /**
     * @param {Explanation} explanation
     * @param {Stroke[] | null} strokes
     */
    show(explanation, strokes) {
      const { predictions, rasters } = explanation.positions;
      shown = { explanation, strokes, raster: decodeRasters(explanation.raster)[0], rasters: decodeRasters(rasters) };
      const same = predictions.filter(({ digit }) => digit === explanation.digit).length;
      part("count").textContent =
        `Without centering, it is still predicted as ${formatLabel(explanation.digit)} at ${same} of ${predictions.length} positions and sizes.`;
      if (!state.hasMoved) Object.assign(state, findMostInformative(explanation));
      /** @type {HTMLInputElement} */ (root.querySelector(`input[value="${state.size}"]`)).checked = true;
      draw();
    },
  };
}

/**
 * Return the smallest placement with another prediction; without one, the first of the smallest size.
 * @param {{ digit: number | null, positions: Pick<Positions, "across" | "sizes"> & { predictions: { digit: number | null }[] } }} explanation
 * @returns {Placement}
 */
export function findMostInformative({ digit, positions: { predictions, across, sizes } }) {
  const found = predictions.findLastIndex((prediction) => prediction.digit !== digit);
  const index = found < 0 ? (sizes.length - 1) * across * across : found;
  return { size: Math.floor(index / across ** 2), row: Math.floor(index / across) % across, column: index % across };
}

/**
 * Return a dot for each position of this size, filled where the prediction is the same.
 * @param {Explanation} explanation
 * @param {number} size
 */
function positionDots({ digit, positions: { predictions, across } }, size) {
  const centre = (/** @type {number} */ index) => ((index + 0.5) / across) * CANVAS_SIZE;
  return Array.from({ length: across * across }, (_, index) => {
    const isSame = predictions[size * across * across + index].digit === digit;
    const attributes = { cx: centre(index % across), cy: centre(Math.floor(index / across)), r: 22 };
    return svg("circle", { ...attributes, class: isSame ? "same" : "other" });
  });
}

/**
 * @param {Stroke[]} strokes
 * @param {number} size as a fraction of the canvas
 * @param {Position} position
 * @param {number} across
 */
function placedInk(strokes, size, { row, column }, across) {
  const box = inkBounds(strokes) ?? { x: 0, y: 0, width: 0, height: 0 };
  const scale = (size * CANVAS_SIZE - PEN_WIDTH) / Math.max(box.width, box.height, 1e-9);
  const offset = (/** @type {number} */ low, /** @type {number} */ length, /** @type {number} */ fraction) =>
    PEN_WIDTH / 2 + fraction * (CANVAS_SIZE - length * scale - PEN_WIDTH) - low * scale;
  const [x, y] = [offset(box.x, box.width, column / (across - 1)), offset(box.y, box.height, row / (across - 1))];
  const placed = strokes.map((stroke) => stroke.map((point) => [point[0] * scale + x, point[1] * scale + y]));
  return svg("path", { d: svgPath(placed), "stroke-width": PEN_WIDTH });
}
