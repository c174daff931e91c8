/* Of every four numbers of a map one is kept, twice over. */
import { attachCellPicker } from "../cell_picker.js";
import { pool2x2, relu, argmax2d, downsample, SIDE, quantize } from "../tensor_math.js";
import { placeMarker, renderSigned } from "../render_raster.js";
import { number, describePooling } from "../text.js";

export function createPoolingFigure(root) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const state = { map: null, how: "largest", place: { row: 5, column: 6 }, hasMoved: false };
  attachCellPicker(part("pool-board"), {
    cells: SIDE / 2,
    at: () => state.place,
    onCell: (row, column) => {
      Object.assign(state, { place: { row, column }, hasMoved: true });
      if (state.map) drawPlace();
    },
  });
  root.addEventListener("change", (event) => {
    state.how = event.target.value;
    if (state.map) draw();
  });

  function draw() {
    const maps = [state.map];
    for (let side = SIDE; maps.length < 3; side /= 2) maps.push(downsample(maps.at(-1), side, state.how));
    maps.forEach((map, place) => renderSigned(part(`pool-${place}`), quantize(map), SIDE / 2 ** place));
    drawPlace();
  }

  function drawPlace() {
    const { row, column } = state.place;
    placeMarker(part("pool-mark-0"), { row: 2 * row, column: 2 * column, cells: 2, side: SIDE });
    placeMarker(part("pool-mark-1"), { row, column, side: SIDE / 2 });
    const four = pool2x2(state.map, SIDE, row, column);
    const kept = state.how === "largest" ? Math.max(...four) : four[0];
    part("pool-sum").textContent = `Of ${four.map(number).join(", ")} it keeps ${number(kept)}.`;
  }

  return {
    showMap(map) {
      state.map = relu(map);
      const { row, column } = argmax2d(state.map);
      if (!state.hasMoved) state.place = { row: Math.floor(row / 2), column: Math.floor(column / 2) };
      draw();
    },
    show(reading) {
      part("pool-note").textContent = describePooling(reading.layers);
    },
  };
}
