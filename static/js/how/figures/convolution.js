/* Convolution: a kernel over the user's ink; the sum of the products is one number of the map. */
import { html, partsOf } from "../../dom.js";
import { attachCellPicker } from "../cell_picker.js";
import { placeMarker, renderInk, renderSigned } from "../render_raster.js";
import { argmax2d, convolve, decodeRasters, dotProduct, quantize, SIDE, windowAt } from "../tensor_math.js";
import { formatNumber } from "../explanation_page_texts.js";

/** @typedef {{ name: string, kernel: number[][] }} Kernel */
/**
 * @typedef {object} FigureOptions
 * @property {(map: Float32Array) => void} onMap receives every new map
 * @property {() => boolean} prefersReducedMotion
 */

/** @type {Kernel[]} */
export const EXAMPLE_KERNELS = [
  { name: "vertical strokes", kernel: [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]] },
  { name: "horizontal strokes", kernel: [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]] },
  { name: "diagonal strokes", kernel: [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]] },
  { name: "edges", kernel: [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]] },
];
const NUM_MODEL_KERNELS = 4;
const ANIMATION_MS = 4000;

class ConvolutionFigure {
  /**
   * @param {HTMLElement} root
   * @param {FigureOptions} options
   */
  constructor(root, { onMap, prefersReducedMotion }) {
    this.part = partsOf(root);
    this.onMap = onMap;
    this.position = { row: 9, column: 9 };
    this.hasMoved = false; // the user chose the position
    this.choice = 0;
    this.kernels = EXAMPLE_KERNELS;
    /** @type {Float32Array | null} */
    this.picture = null;
    this.map = new Float32Array(SIDE * SIDE);
    this.animation = createSlideAnimation({ onFrame: (index) => this.drawUpTo(index), onStop: () => this.drawMap() });
    for (const board of ["window-board", "sum-board"]) {
      attachCellPicker(this.part(board), { cells: SIDE, at: () => this.position, onCell: (row, column) => this.move({ row, column }) });
    }
    this.part("slide").addEventListener("click", () => {
      if (this.picture && !prefersReducedMotion()) this.animation.start();
    });
  }

  get kernel() {
    return this.kernels[this.choice].kernel;
  }

  /** @param {Explanation} explanation */
  show(explanation) {
    this.animation.stop();
    const [raster] = decodeRasters(explanation.raster);
    this.picture = Float32Array.from(raster, (byte) => byte / 255);
    this.kernels = [...EXAMPLE_KERNELS, ...modelKernels(explanation.filters)];
    this.choice = Math.min(this.choice, this.kernels.length - 1);
    this.part("windows").replaceChildren(...this.kernels.map((one, index) => kernelButton(one, () => this.choose(index))));
    if (!this.hasMoved) this.position = argmax2d(convolve(this.picture, SIDE, this.kernel));
    renderInk(this.part("window-picture"), raster, SIDE);
    this.part("window-note").textContent = explanation.filters
      ? "The last filters are from the model’s first layer. They were learned in training, not designed."
      : "The current model has no convolution: its first layer takes all pixels together. These windows are examples.";
    this.choose(this.choice);
  }

  /** @param {number} choice */
  choose(choice) {
    this.animation.stop();
    this.choice = choice;
    for (const [index, button] of [...this.part("windows").children].entries()) {
      button.setAttribute("aria-pressed", String(index === choice));
    }
    if (!this.picture) return;
    this.map = convolve(this.picture, SIDE, this.kernel);
    this.drawMap();
    this.drawPosition();
    this.onMap(this.map);
  }

  /** @param {Position} position */
  move(position) {
    this.animation.stop();
    this.position = position;
    this.hasMoved = true;
    this.drawPosition();
  }

  drawMap() {
    renderSigned(this.part("window-map"), quantize(this.map), SIDE);
  }

  /** @param {number} index of the last pixel that the animation has reached */
  drawUpTo(index) {
    renderSigned(this.part("window-map"), quantize(this.map).map((byte, at) => (at <= index ? byte : 128)), SIDE);
    this.position = { row: Math.floor(index / SIDE), column: index % SIDE };
    this.drawPosition();
  }

  drawPosition() {
    if (this.picture) showSum(this.part, this.picture, this.kernel, this.position);
  }
}

/**
 * @param {HTMLElement} root
 * @param {FigureOptions} options
 */
export function createConvolutionFigure(root, options) {
  return new ConvolutionFigure(root, options);
}

/**
 * Show the products under the kernel and their sum.
 * @param {(name: string) => any} part
 * @param {Float32Array} picture 28*28
 * @param {number[][]} kernel k*k
 * @param {Position} position
 */
function showSum(part, picture, kernel, { row, column }) {
  const [k, weights] = [kernel.length, kernel.flat()];
  const reach = Math.floor(k / 2);
  placeMarker(part("window-mark"), { row: row - reach, column: column - reach, cells: k, side: SIDE });
  placeMarker(part("sum-mark"), { row, column, side: SIDE });
  const values = windowAt(picture, SIDE, k, row, column);
  const cells = values.map((value, index) => html("span", { class: value ? "" : "none" }, `${formatNumber(value)} × ${formatNumber(weights[index])}`));
  part("sum-grid").replaceChildren(...cells);
  part("sum-grid").style.setProperty("--across", String(k));
  part("sum").textContent = `The sum here: ${formatNumber(dotProduct(values, weights))}`;
}

/**
 * Animate an index over all pixels of the map.
 * @param {{ onFrame: (index: number) => void, onStop: () => void }} handlers
 */
function createSlideAnimation({ onFrame, onStop }) {
  const last = SIDE * SIDE - 1;
  let frame = 0;
  const stop = () => {
    if (!frame) return;
    cancelAnimationFrame(frame);
    frame = 0;
    onStop();
  };
  const start = () => {
    stop();
    /** @type {number | null} */
    let startedAt = null;
    const step = (/** @type {number} */ now) => {
      startedAt ??= now;
      const index = Math.min(last, Math.floor(((now - startedAt) / ANIMATION_MS) * SIDE * SIDE));
      onFrame(index);
      frame = index < last ? requestAnimationFrame(step) : 0;
    };
    frame = requestAnimationFrame(step);
  };
  return { start, stop };
}

/**
 * @param {number[][][] | null} filters
 * @returns {Kernel[]}
 */
function modelKernels(filters) {
  return (filters ?? []).slice(0, NUM_MODEL_KERNELS).map((kernel, index) => ({ name: `model, ${index + 1}`, kernel }));
}

/**
 * @param {Kernel} kernel
 * @param {() => void} onClick
 */
function kernelButton({ name, kernel }, onClick) {
  const canvas = html("canvas", { class: "dots", "aria-hidden": "true" });
  const button = html("button", { class: "window-button", type: "button", "aria-pressed": "false" }, canvas, html("span", {}, name));
  button.addEventListener("click", onClick);
  renderSigned(canvas, quantize(kernel.flat()), kernel.length);
  return button;
}
