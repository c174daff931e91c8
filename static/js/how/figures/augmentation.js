/* The drawing as augmentation changes it in training, eight variants at a time. */
import { html, partsOf } from "../../dom.js";
import { renderInk } from "../render_raster.js";
import { decodeRasters, SIDE } from "../tensor_math.js";
import { formatPrediction } from "../explanation_page_texts.js";

const BATCH_SIZE = 8;

/** @param {HTMLElement} root */
export function createAugmentationFigure(root) {
  const part = partsOf(root);
  /** @type {Explanation["augmentation"] | null} */
  let augmentation = null;
  let seed = 0;
  part("augment").addEventListener("click", () => {
    if (!augmentation) return;
    seed = (seed + 1) % augmentation.seeds;
    draw(augmentation);
  });

  function draw(/** @type {Explanation["augmentation"]} */ { rasters, predictions, is_own: isOwn }) {
    const [from, to] = [seed * BATCH_SIZE, (seed + 1) * BATCH_SIZE];
    const variants = decodeRasters(rasters).slice(from, to);
    part("variants").replaceChildren(...variants.map((raster, index) => createVariant(raster, predictions[from + index])));
    part("augmentation-note").textContent = isOwn
      ? "Each variant has its prediction below it."
      : "The current model was trained without augmentation. These variants show the augmentation of another model.";
  }

  return {
    /** @param {Explanation} explanation */
    show(explanation) {
      augmentation = explanation.augmentation;
      draw(augmentation);
    },
  };
}

/**
 * @param {Uint8Array} raster 28*28
 * @param {ShortPrediction} prediction
 */
function createVariant(raster, { digit, confidence }) {
  const canvas = html("canvas", { class: "dots", role: "img", "aria-label": formatPrediction({ digit, confidence }) });
  renderInk(canvas, raster, SIDE);
  return html("li", {}, canvas, html("span", { "aria-hidden": "true" }, digit === null ? "–" : String(digit)));
}
