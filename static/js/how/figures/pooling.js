/* Of every four numbers of a map one is kept, twice over. */
import { followCells } from "../cell_picker.js";
import { foursome, onlyPositive, placeOfMost, shrink, SIDE, signedBytes } from "../tensor_math.js";
import { moveMark, paintSigned } from "../render_raster.js";
import { number, shrinkWords } from "../text.js";

export function poolingFigure(root) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const state = { map: null, how: "largest", place: { row: 5, column: 6 }, hasMoved: false };
  followCells(part("pool-board"), {
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
    for (let side = SIDE; maps.length < 3; side /= 2) maps.push(shrink(maps.at(-1), side, state.how));
    maps.forEach((map, place) => paintSigned(part(`pool-${place}`), signedBytes(map), SIDE / 2 ** place));
    drawPlace();
  }

  function drawPlace() {
    const { row, column } = state.place;
    moveMark(part("pool-mark-0"), { row: 2 * row, column: 2 * column, cells: 2, side: SIDE });
    moveMark(part("pool-mark-1"), { row, column, side: SIDE / 2 });
    const four = foursome(state.map, SIDE, row, column);
    const kept = state.how === "largest" ? Math.max(...four) : four[0];
    part("pool-sum").textContent = `Of ${four.map(number).join(", ")} it keeps ${number(kept)}.`;
  }

  return {
    showMap(map) {
      state.map = onlyPositive(map);
      const { row, column } = placeOfMost(state.map);
      if (!state.hasMoved) state.place = { row: Math.floor(row / 2), column: Math.floor(column / 2) };
      draw();
    },
    show(reading) {
      part("pool-note").textContent = shrinkWords(reading.layers);
    },
  };
}
