/* The same drawing through two ways of preparing it: moved about on the sheet by hand. */
import { inkBounds, svgElement, svgPath } from "../../ink/svg.js";
import { attachCellPicker } from "../cell_picker.js";
import { decodeRasters } from "../tensor_math.js";
import { renderInk } from "../render_raster.js";
import { answerWords, formatLabel } from "../text.js";

const CANVAS_SIZE = 1000;
const PEN = (2.25 / 28) * CANVAS_SIZE;

export function createCenteringFigure(root) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const place = { size: 2, row: 0, column: 0, hasMoved: false };
  let shown = null;
  const choose = (change) => {
    Object.assign(place, change, { hasMoved: true });
    if (shown) draw();
  };
  attachCellPicker(part("place-sheet"), { cells: 5, at: () => place, hovers: false, onCell: (row, column) => choose({ row, column }) });
  root.addEventListener("change", (event) => choose({ size: Number(event.target.value) }));

  function draw() {
    const { across, answers, sizes } = shown.reading.places;
    const at = (place.size * across + place.row) * across + place.column;
    renderInk(part("place-with"), shown.raster, 28);
    renderInk(part("place-without"), shown.rasters[at], 28);
    part("place-with-answer").textContent = answerWords(shown.reading);
    part("place-without-answer").textContent = answerWords(answers[at]);
    part("place-without-answer").dataset.same = answers[at].digit === shown.reading.digit;
    part("place-picture").hidden = shown.strokes !== null; // of an upload there is a picture only
    if (!shown.strokes) renderInk(part("place-picture"), shown.rasters[at], 28);
    part("place-ink").replaceChildren(...dots(answers, place, across, shown.reading.digit), ...ink(shown.strokes, sizes[place.size], place, across));
  }

  return {
    show(reading, strokes) {
      shown = { reading, strokes, raster: decodeRasters(reading.raster)[0], rasters: decodeRasters(reading.places.rasters) };
      const same = reading.places.answers.filter(({ digit }) => digit === reading.digit).length;
      part("place-count").textContent = `Left as it lies, it is still read as ${formatLabel(reading.digit)} at ${same} of ${reading.places.answers.length} places and sizes.`;
      if (!place.hasMoved) Object.assign(place, findMostInformative(reading));
      root.querySelector(`input[value="${place.size}"]`).checked = true;
      draw();
    },
  };
}

/* Where it begins: at the smallest place at which the answer is another, if there is any. */
export function findMostInformative({ digit, places: { answers, across, sizes } }) {
  const at = answers.findLastIndex((answer) => answer.digit !== digit);
  const place = at < 0 ? (sizes.length - 1) * across * across : at;
  return { size: Math.floor(place / across ** 2), row: Math.floor(place / across) % across, column: place % across };
}

/* A dot for each place of this size: filled where the answer is the same. */
function dots(answers, { size }, across, digit) {
  return Array.from({ length: across * across }, (_, place) => {
    const { digit: said } = answers[size * across * across + place];
    const middle = (index) => ((index + 0.5) / across) * CANVAS_SIZE;
    const attributes = { cx: middle(place % across), cy: middle(Math.floor(place / across)), r: 22, class: said === digit ? "same" : "other" };
    return svgElement("circle", attributes);
  });
}

function ink(strokes, size, { row, column }, across) {
  if (!strokes) return [];
  const box = inkBounds(strokes);
  const scale = (size * CANVAS_SIZE - PEN) / Math.max(box.width, box.height, 1e-9);
  const move = (low, extent, share) => PEN / 2 + share * (CANVAS_SIZE - extent * scale - PEN) - low * scale;
  const [x, y] = [move(box.x, box.width, column / (across - 1)), move(box.y, box.height, row / (across - 1))];
  const moved = strokes.map((stroke) => stroke.map((point) => [point[0] * scale + x, point[1] * scale + y]));
  return [svgElement("path", { d: svgPath(moved), "stroke-width": PEN })];
}
