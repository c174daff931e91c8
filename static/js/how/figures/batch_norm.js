/* Batch normalization: the range of the numbers of eight maps, before and after, on one scale. */
import { html, partsOf, targetOf } from "../../dom.js";
import { decodeMaps, dequantize, groupBySteps, meanAndStd } from "../tensor_math.js";

const NUM_STDS = 1.5; // a range is the mean plus and minus this many standard deviations

/** @typedef {{ step: number, ranges: number[][][] }} NormalizationPair ranges: [before, after], each [low, high] by map */

/** @param {HTMLElement} root */
export function createBatchNormFigure(root) {
  const part = partsOf(root);
  /** @type {{ pair: NormalizationPair | null, index: number }} */
  const state = { pair: null, index: 0 };
  root.addEventListener("change", (event) => {
    state.index = Number(targetOf(event).value);
    if (state.pair) draw(state.pair);
  });

  function draw(/** @type {NormalizationPair} */ { ranges }) {
    const max = Math.max(...ranges.map(maxReach));
    ranges[state.index].forEach(([low, high], index) => {
      const bar = part("ranges").children[index].firstChild;
      bar.style.setProperty("--from", String((low / max + 1) / 2));
      bar.style.setProperty("--wide", String((high - low) / max / 2));
    });
  }

  return {
    /** @param {Explanation} explanation */
    show({ layers }) {
      const pair = findBatchNorm(layers);
      state.pair = pair;
      part("batch-norm-choice").hidden = part("ranges").hidden = !pair;
      part("batch-norm-note").textContent = pair
        ? `Each bar is one of eight maps of step ${pair.step + 1}: the range of most of its numbers. The line in the middle is zero.`
        : "The current model uses no batch normalization.";
      if (!pair) return;
      const { length } = pair.ranges[0];
      if (part("ranges").children.length !== length) {
        part("ranges").replaceChildren(...Array.from({ length }, () => html("li", {}, html("span", { class: "range-bar" }))));
      }
      draw(pair);
    },
  };
}

/**
 * Return the normalization that changes the ranges most, or null.
 * @param {Layer[]} layers
 * @returns {NormalizationPair | null}
 */
export function findBatchNorm(layers) {
  const pairs = groupBySteps(layers).flatMap((layersOfStep, step) => {
    const index = layersOfStep.findIndex(({ kind, shape }) => kind === "batch normalisation" && shape[1] > 1);
    return index > 0 ? [{ step, ranges: layersOfStep.slice(index - 1, index + 1).map(mapRanges) }] : [];
  });
  const gain = (/** @type {NormalizationPair} */ { ranges }) => maxReach(ranges[0]) / (maxReach(ranges[1]) || 1);
  return pairs.toSorted((a, b) => gain(b) - gain(a))[0] ?? null;
}

/**
 * Return [low, high] of most numbers of each map.
 * @param {Layer} layer
 */
export function mapRanges({ maps }) {
  return decodeMaps(maps).map(({ bytes }) => {
    const { mean, std } = meanAndStd(dequantize(bytes, maps.scale));
    return [mean - NUM_STDS * std, mean + NUM_STDS * std];
  });
}

/** @param {number[][]} ranges */
function maxReach(ranges) {
  return Math.max(...ranges.flat().map(Math.abs)) || 1;
}
