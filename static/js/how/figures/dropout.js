/* Dropout by hand: some features are hidden, and the last layer predicts from the others. */
import { html, partsOf } from "../../dom.js";
import { formatConfidence, formatPercent, withArticle } from "../../format_percent_and_labels.js";
import { argmax, computeProbabilities, randomMask } from "../tensor_math.js";
import { showBars } from "./class_bars.js";

const MAX_LARGE_CELLS = 160; // more features get smaller cells

/** @param {HTMLElement} root */
export function createDropoutFigure(root) {
  const part = partsOf(root);
  /** @type {{ head: Head | null, best: number }} */
  const state = { head: null, best: -1 };
  for (const [name, type] of [["drop", "click"], ["drop-range", "input"]]) {
    part(name).addEventListener(type, () => state.head && drop(state.head));
  }

  function drop(/** @type {Head} */ head) {
    const { length } = head.features;
    const count = Math.min(length - 1, Math.round((part("drop-range").value / 100) * length));
    draw(head, randomMask(length, count, Math.random), length - count);
  }

  function draw(/** @type {Head} */ head, /** @type {boolean[]} */ hidden, /** @type {number} */ numVisible) {
    const probabilities = computeProbabilities(head, hidden);
    const best = argmax(probabilities);
    part("drop-share").textContent = `${part("drop-range").value}\u00a0%`;
    part("drop-caption").textContent = `${numVisible} of ${hidden.length} features left`;
    hidden.forEach((isHidden, index) => part("features").children[index].classList.toggle("is-hidden", isHidden));
    showBars(part("drop-bars"), probabilities);
    const label = withArticle(best === 10 ? "not_a_digit" : best);
    const adverb = best === state.best ? "still" : "now";
    part("drop-note").textContent =
      `The model ${adverb} predicts ${label}, ${formatConfidence(probabilities[best])} sure. ${describeDropout(head.dropout)}`;
  }

  return {
    /** @param {Explanation} explanation */
    show({ head }) {
      state.head = head;
      state.best = argmax(computeProbabilities(head));
      part("features").classList.toggle("many", head.features.length > MAX_LARGE_CELLS);
      part("features").replaceChildren(...featureCells(head.features));
      drop(head);
    },
  };
}

/** @param {number} dropout */
function describeDropout(dropout) {
  return dropout ? `In training ${formatPercent(dropout)} are hidden.` : "The current model was trained without dropout.";
}

/**
 * A larger absolute value gets a deeper colour.
 * @param {number[]} features
 */
function featureCells(features) {
  const max = Math.max(...features.map(Math.abs)) || 1;
  return features.map((value) => {
    const cell = html("span", { class: value < 0 ? "less" : "more" });
    cell.style.setProperty("--share", String(Math.abs(value) / max));
    return cell;
  });
}
