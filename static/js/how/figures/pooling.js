/* Pooling: of every four numbers of a map one is kept, applied twice. */
import { partsOf, targetOf } from "../../dom.js";
import { attachCellPicker } from "../cell_picker.js";
import { placeMarker, renderSigned } from "../render_raster.js";
import { argmax2d, block2x2, pool2x2, quantize, relu, SIDE } from "../tensor_math.js";
import { describePooling, formatNumber } from "../explanation_page_texts.js";

/** @param {HTMLElement} root */
export function createPoolingFigure(root) {
  const part = partsOf(root, "pool-");
  const state = {
    /** @type {Float32Array | null} */
    map: null,
    how: "largest",
    position: { row: 5, column: 6 },
    hasMoved: false, // the user chose the position
  };
  attachCellPicker(part("board"), {
    cells: SIDE / 2,
    at: () => state.position,
    onCell: (row, column) => {
      Object.assign(state, { position: { row, column }, hasMoved: true });
      if (state.map) drawPosition(state.map);
    },
  });
  root.addEventListener("change", (event) => {
    state.how = targetOf(event).value;
    if (state.map) draw(state.map);
  });

  function draw(/** @type {Float32Array} */ map) {
    const half = pool2x2(map, SIDE, state.how);
    const quarter = pool2x2(half, SIDE / 2, state.how);
    [map, half, quarter].forEach((one, index) => renderSigned(part(String(index)), quantize(one), SIDE / 2 ** index));
    drawPosition(map);
  }

  function drawPosition(/** @type {Float32Array} */ map) {
    const { row, column } = state.position;
    placeMarker(part("mark-0"), { row: 2 * row, column: 2 * column, cells: 2, side: SIDE });
    placeMarker(part("mark-1"), { row, column, side: SIDE / 2 });
    const four = block2x2(map, SIDE, row, column);
    const kept = state.how === "largest" ? Math.max(...four) : four[0];
    part("sum").textContent = `Of the values ${four.map(formatNumber).join(", ")} the model keeps ${formatNumber(kept)}.`;
  }

  return {
    /** @param {Float32Array} map 28*28, of the convolution figure */
    showMap(map) {
      state.map = relu(map);
      const { row, column } = argmax2d(state.map);
      if (!state.hasMoved) state.position = { row: Math.floor(row / 2), column: Math.floor(column / 2) };
      draw(state.map);
    },
    /** @param {Explanation} explanation */
    show({ layers }) {
      part("note").textContent = describePooling(layers);
    },
  };
}
