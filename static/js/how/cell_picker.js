/* A board of cells on which mouse, finger and arrow keys choose one. */
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/* onCell(row, column) hears of every cell chosen; at() says where the keys begin. With `hovers` a
   mouse need not press. */
export function attachCellPicker(board, { cells, onCell, at, hovers = true }) {
  const choose = (row, column) => {
    const [now, next] = [at(), { row: within(row, cells), column: within(column, cells) }];
    if (next.row !== now.row || next.column !== now.column) onCell(next.row, next.column);
  };
  const follow = (event) => {
    if (event.type === "pointermove" && event.buttons === 0 && !(hovers && event.pointerType === "mouse")) return;
    const box = board.getBoundingClientRect();
    choose(Math.floor(((event.clientY - box.top) / box.height) * cells), Math.floor(((event.clientX - box.left) / box.width) * cells));
  };
  board.addEventListener("pointerdown", (event) => {
    board.setPointerCapture(event.pointerId);
    follow(event);
  });
  board.addEventListener("pointermove", follow);
  board.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    choose(at().row + step[0], at().column + step[1]);
  });
}

function within(place, cells) {
  return Math.min(cells - 1, Math.max(0, place));
}
