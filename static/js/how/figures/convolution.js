/* A window over the reader's own ink: what it covers, times its numbers, is the sum at that place. */
import { html } from "../../dom.js";
import { attachCellPicker } from "../cell_picker.js";
import { convolve, argmax2d, decodeRasters, weightedWindow, SIDE, quantize, dotProduct } from "../tensor_math.js";
import { placeMarker, renderInk, renderSigned } from "../render_raster.js";
import { number } from "../text.js";

export const WINDOWS = [
  { name: "strokes going down", window: [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]] },
  { name: "strokes going across", window: [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]] },
  { name: "slanting strokes", window: [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]] },
  { name: "edges", window: [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]] },
];
const OWN = 4; // of the network's own
const SLIDE_MS = 4000;

/* onMap(map) hears of every new map. */
export function createConvolutionFigure(root, { onMap, wantsCalm }) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const state = { place: { row: 9, column: 9 }, choice: 0, choices: WINDOWS, picture: null, frame: 0, hasMoved: false };
  const move = (row, column) => {
    stop();
    Object.assign(state, { place: { row, column }, hasMoved: true });
    if (state.picture) drawPlace();
  };
  for (const board of ["window-board", "sum-board"]) attachCellPicker(part(board), { cells: SIDE, at: () => state.place, onCell: move });
  part("slide").addEventListener("click", () => state.picture && slide());

  const chosen = () => state.choices[state.choice].window;

  function draw() {
    state.map = convolve(state.picture, SIDE, chosen());
    renderSigned(part("window-map"), quantize(state.map), SIDE);
    drawPlace();
    onMap(state.map);
  }

  function drawPlace() {
    const { row, column } = state.place;
    const window = chosen();
    const reach = Math.floor(window.length / 2);
    placeMarker(part("window-mark"), { row: row - reach, column: column - reach, cells: window.length, side: SIDE });
    placeMarker(part("sum-mark"), { row, column, side: SIDE });
    const seen = weightedWindow(state.picture, SIDE, window.length, row, column);
    const cells = seen.map((value, place) => html("span", { class: value ? "" : "none" }, `${number(value)} × ${number(window.flat()[place])}`));
    part("sum-grid").replaceChildren(...cells);
    part("sum-grid").style.setProperty("--across", window.length);
    part("sum").textContent = `The sum here: ${number(dotProduct(seen, window.flat()))}`;
  }

  /* The map appears as the window passes; at once where motion is not welcome. */
  function slide() {
    stop();
    if (wantsCalm()) return draw();
    const whole = quantize(state.map);
    let began = null;
    const step = (now) => {
      began ??= now;
      const at = Math.min(SIDE * SIDE - 1, Math.floor(((now - began) / SLIDE_MS) * SIDE * SIDE));
      renderSigned(part("window-map"), whole.map((byte, place) => (place <= at ? byte : 128)), SIDE);
      state.place = { row: Math.floor(at / SIDE), column: at % SIDE };
      drawPlace();
      state.frame = at < SIDE * SIDE - 1 ? requestAnimationFrame(step) : 0;
    };
    state.frame = requestAnimationFrame(step);
  }

  function stop() {
    if (!state.frame) return;
    cancelAnimationFrame(state.frame);
    state.frame = 0;
    renderSigned(part("window-map"), quantize(state.map), SIDE);
  }

  function choose(choice) {
    stop();
    state.choice = choice;
    [...part("windows").children].forEach((button, place) => button.setAttribute("aria-pressed", place === choice));
    draw();
  }

  return {
    show(reading) {
      stop();
      const raster = decodeRasters(reading.raster)[0];
      state.picture = Float32Array.from(raster, (byte) => byte / 255);
      state.choices = [...WINDOWS, ...ownWindows(reading.windows)];
      state.choice = Math.min(state.choice, state.choices.length - 1);
      part("windows").replaceChildren(...state.choices.map((one, place) => windowButton(one, place, choose)));
      if (!state.hasMoved) state.place = argmax2d(convolve(state.picture, SIDE, chosen()));
      renderInk(part("window-picture"), raster, SIDE);
      part("window-note").textContent = reading.windows
        ? "Its own windows are those of the network’s first layer: nobody chose them, it found them while it learnt."
        : "The network that answers now has no windows: it takes all dots at once. These are examples.";
      choose(state.choice);
    },
  };
}

function ownWindows(windows) {
  return (windows ?? []).slice(0, OWN).map((window, place) => ({ name: `its own, ${place + 1}`, window }));
}

function windowButton({ name, window }, place, choose) {
  const canvas = html("canvas", { class: "dots", "aria-hidden": "true" });
  const button = html("button", { class: "window-button", type: "button", "aria-pressed": "false" }, canvas, html("span", {}, name));
  button.addEventListener("click", () => choose(place));
  renderSigned(canvas, quantize(window.flat()), window.length);
  return button;
}
