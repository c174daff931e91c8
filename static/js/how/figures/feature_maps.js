/* The maps of every step of the network, as the reader's drawing makes them. */
import { html } from "../../dom.js";
import { decodeMaps, groupBySteps } from "../tensor_math.js";
import { renderSigned } from "../render_raster.js";
import { layerName, describeShape } from "../text.js";

export function createFeatureMapsFigure(root) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const state = { steps: null, stage: "last" };
  root.addEventListener("change", (event) => {
    state.stage = event.target.value;
    if (state.steps) draw();
  });

  function draw() {
    const items = state.steps.map((step, place) => stepItem(step, place, state));
    part("steps").replaceChildren(...items.map(({ item }) => item));
    for (const { paint } of items) paint();
  }

  return {
    show(reading) {
      state.steps = groupBySteps(reading.layers);
      draw();
    },
  };
}

function stepItem(step, place, { stage, steps }) {
  const layer = stage === "first" ? step[0] : step.at(-1);
  const isLast = place === steps.length - 1;
  const title = isLast ? "The scores" : `Step ${place + 1}`;
  const words = wordsOn(step, place === steps.findIndex((one) => isFlat(one.at(-1)))).join(", ");
  const maps = decodeMaps(layer.maps);
  const canvases = maps.map(() => html("canvas", { class: "dots" }));
  const picture = html("div", { class: isFlat(layer) ? "strip-map" : "step-maps", role: "img", "aria-label": `${title}: ${describeShape(layer.shape)}` }, ...canvases);
  const item = html("li", { class: "step" }, html("p", { class: "step-words" }, html("strong", {}, title), ` ${describeShape(layer.shape)}`, html("span", { class: "muted" }, words)), picture);
  const paint = () => maps.forEach(({ bytes, wide, high }, at) => renderSigned(canvases[at], bytes, wide, high));
  return { item, paint };
}

function isFlat({ shape }) {
  return shape.slice(1).every((side) => side === 1);
}

/* What is done in a step; in the first that ends in a row of numbers the maps are flattened, after
   its windows or before its sums. */
export function wordsOn(step, flattens) {
  const words = step.map(({ kind }) => layerName(kind)).filter(Boolean);
  if (!flattens) return words;
  return step[0].shape.length > 1 ? [...words, "laid end to end"] : ["laid end to end", ...words];
}
