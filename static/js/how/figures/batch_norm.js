/* Batch normalisation: how far the numbers of eight maps reach, before and after, on one scale. */
import { html } from "../../dom.js";
import { decodeMaps, meanAndStd, groupBySteps, dequantize } from "../tensor_math.js";

const REACH = 1.5; // spreads to each side

export function createBatchNormFigure(root) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const state = { pair: null, when: 0 };
  root.addEventListener("change", (event) => {
    state.when = Number(event.target.value);
    if (state.pair) draw();
  });

  function draw() {
    const most = Math.max(...state.pair.ranges.map(reachOf));
    state.pair.ranges[state.when].forEach(([low, high], place) => {
      const bar = part("ranges").children[place].firstChild;
      bar.style.setProperty("--from", (low / most + 1) / 2);
      bar.style.setProperty("--wide", (high - low) / most / 2);
    });
  }

  return {
    show(reading) {
      state.pair = findBatchNorm(reading.layers);
      part("evening-choice").hidden = part("ranges").hidden = !state.pair;
      part("evening-note").textContent = state.pair
        ? `Each bar is one of eight maps of step ${state.pair.step + 1}: where most of its numbers lie. The line in the middle is nought.`
        : "The network that answers now does without it.";
      if (!state.pair) return;
      const { length } = state.pair.ranges[0];
      if (part("ranges").children.length !== length) {
        part("ranges").replaceChildren(...Array.from({ length }, () => html("li", {}, html("span", { class: "range-bar" }))));
      }
      draw();
    },
  };
}

/* Of all normalisations of maps the one that does most: { step, ranges: [before, after] }, or null. */
export function findBatchNorm(layers) {
  const pairs = groupBySteps(layers).flatMap((layersOfStep, step) => {
    const at = layersOfStep.findIndex(({ kind, shape }) => kind === "batch normalisation" && shape[1] > 1);
    return at > 0 ? [{ step, ranges: layersOfStep.slice(at - 1, at + 1).map(mapRanges) }] : [];
  });
  const gain = ({ ranges }) => reachOf(ranges[0]) / (reachOf(ranges[1]) || 1);
  return pairs.reduce((best, pair) => (!best || gain(pair) > gain(best) ? pair : best), null);
}

/* Of each map from where to where most of its numbers lie. */
export function mapRanges({ maps }) {
  return decodeMaps(maps).map(({ bytes }) => {
    const { mean, spread } = meanAndStd(dequantize(bytes, maps.scale));
    return [mean - REACH * spread, mean + REACH * spread];
  });
}

function reachOf(ranges) {
  return Math.max(...ranges.flat().map(Math.abs)) || 1;
}
