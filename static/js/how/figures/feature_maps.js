/* The feature maps of every step of the model for the user's drawing. */
import { html, partsOf, targetOf } from "../../dom.js";
import { renderSigned } from "../render_raster.js";
import { decodeMaps, groupBySteps } from "../tensor_math.js";
import { describeShape, layerName } from "../explanation_page_texts.js";

/** @param {HTMLElement} root */
export function createFeatureMapsFigure(root) {
  const part = partsOf(root);
  /** @type {{ steps: Layer[][], stage: string }} */
  const state = { steps: [], stage: "last" };
  root.addEventListener("change", (event) => {
    state.stage = targetOf(event).value;
    draw();
  });

  function draw() {
    part("steps").replaceChildren(...state.steps.map((step, index) => createStep(step, index, state)));
  }

  return {
    /** @param {Explanation} explanation */
    show({ layers }) {
      state.steps = groupBySteps(layers);
      draw();
    },
  };
}

/**
 * @param {Layer[]} step
 * @param {number} index
 * @param {{ stage: string, steps: Layer[][] }} state `stage` is "first" or "last": which layer of a step is shown
 */
function createStep(step, index, { stage, steps }) {
  const layer = stage === "first" ? step[0] : lastOf(step);
  const title = index === steps.length - 1 ? "Logits" : `Step ${index + 1}`;
  const isFirstFlat = index === steps.findIndex((one) => isFlat(lastOf(one)));
  const canvases = decodeMaps(layer.maps).map(({ bytes, width, height }) => {
    const canvas = html("canvas", { class: "dots" });
    renderSigned(canvas, bytes, width, height);
    return canvas;
  });
  const label = `${title}: ${describeShape(layer.shape)}`;
  const picture = html("div", { class: isFlat(layer) ? "strip-map" : "step-maps", role: "img", "aria-label": label }, ...canvases);
  const names = html("span", { class: "muted" }, describeStep(step, isFirstFlat).join(", "));
  const text = html("p", { class: "step-words" }, html("strong", {}, title), ` ${describeShape(layer.shape)}`, names);
  return html("li", { class: "step" }, text, picture);
}

/** @param {Layer[]} step */
function lastOf(step) {
  return step[step.length - 1];
}

/** @param {Pick<Layer, "shape">} layer */
function isFlat({ shape }) {
  return shape.slice(1).every((side) => side === 1);
}

/**
 * Return the names of the layers of a step. In the step that flattens, the maps are flattened after
 * its convolution or before its weighted sums.
 * @param {Pick<Layer, "kind" | "shape">[]} step
 * @param {boolean} flattens
 */
export function describeStep(step, flattens) {
  const names = step.map(({ kind }) => layerName(kind)).filter((name) => name !== null);
  if (!flattens) return names;
  return step[0].shape.length > 1 ? [...names, "flatten"] : ["flatten", ...names];
}
