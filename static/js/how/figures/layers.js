/* The maps of every step of the network, as the reader's drawing makes them. */
import { html } from "../../charts/elements.js";
import { mapsOf, stepsOf } from "../numbers.js";
import { paintSigned } from "../paint.js";
import { layerWord, shapeWords } from "../words.js";

export function layersFigure(root) {
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
      state.steps = stepsOf(reading.layers);
      draw();
    },
  };
}

function stepItem(step, place, { stage, steps }) {
  const layer = stage === "first" ? step[0] : step.at(-1);
  const isLast = place === steps.length - 1;
  const title = isLast ? "The scores" : `Step ${place + 1}`;
  const isFlattened = step[0].shape.length === 1 && (steps[place - 1]?.[0].shape.length ?? 3) === 3;
  const words = [isFlattened && "laid end to end", ...step.map(({ kind }) => layerWord(kind))].filter(Boolean).join(", ");
  const maps = mapsOf(layer.maps);
  const isFlat = maps[0].high === 1;
  const canvases = maps.map(() => html("canvas", { class: "dots" }));
  const picture = html("div", { class: isFlat ? "strip-map" : "step-maps", role: "img", "aria-label": `${title}: ${shapeWords(layer.shape)}` }, ...canvases);
  const item = html("li", { class: "step" }, html("p", { class: "step-words" }, html("strong", {}, title), ` ${shapeWords(layer.shape)}`, html("span", { class: "muted" }, words)), picture);
  const paint = () => maps.forEach(({ bytes, wide, high }, at) => paintSigned(canvases[at], bytes, wide, high));
  return { item, paint };
}
