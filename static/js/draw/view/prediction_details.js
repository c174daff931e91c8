/* Details of the prediction: eleven probabilities, the raster, the model and the latency. */
import { partsOf } from "../../dom.js";
import { bestLabels, formatConfidence, labelOfClass, shownProbabilities } from "../../format_percent_and_labels.js";
import { modelName } from "../../model_display_names.js";
import { hasCurrentPrediction, labelOf } from "../drawing_reducer.js";
import { currentPreview } from "../page_state_reducer.js";
import { formatLatency } from "../drawing_page_texts.js";

/** @typedef {import("../page_state_reducer.js").DrawState} DrawState */

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} previewNote is shown while the bars show a preview
 */
export function createProbabilityBars(root, previewNote) {
  const bars = [...root.querySelectorAll("[data-digit]")].map((bar) => ({
    bar,
    fill: /** @type {HTMLElement} */ (bar.querySelector(".bar-fill")),
    value: /** @type {HTMLElement} */ (bar.querySelector(".bar-value")),
  }));
  return (/** @type {DrawState} */ state) => {
    const preview = currentPreview(state);
    const prediction = preview ?? state.drawing.prediction;
    const probabilities = prediction ? shownProbabilities(prediction) : [];
    const marked = prediction ? markedLabels(prediction) : [];
    const className = prediction?.decision === "unsure" ? "candidate" : "best";
    previewNote.hidden = !preview;
    bars.forEach(({ bar, fill, value }, index) => {
      const probability = probabilities[index] ?? 0;
      bar.classList.remove("best", "candidate");
      if (marked.includes(labelOfClass(index))) bar.classList.add(className);
      fill.style.setProperty("--share", String(probability));
      value.textContent = probabilities.length ? formatConfidence(probability) : "";
    });
  };
}

/** @param {Parameters<typeof bestLabels>[0]} prediction */
function markedLabels(prediction) {
  return prediction.decision === "unsure" ? bestLabels(prediction).map(({ label }) => label) : [labelOf(prediction)];
}

/**
 * The details open on request on small screens.
 * @param {HTMLElement} root
 */
export function attachDetailsToggle(root) {
  const toggle = partsOf(root)("details-toggle");
  toggle.addEventListener("click", () => {
    toggle.setAttribute("aria-expanded", String(root.toggleAttribute("data-open")));
  });
}

/** @param {HTMLElement} root */
export function createPredictionDetails(root) {
  const part = partsOf(root, "facts-");
  return (/** @type {DrawState} */ { drawing }) => {
    const { prediction, id } = drawing;
    root.classList.toggle("without-prediction", !prediction);
    part("model").textContent = prediction ? modelName(prediction.model) : "–";
    part("model").title = part("model").dataset.ref = prediction?.model ?? "";
    part("round-trip").textContent = formatLatency(prediction?.roundTripMs);
    part("latency").textContent = formatLatency(prediction?.latencyMs);
    if (!prediction) part("raster").hidden = true;
    else if (hasCurrentPrediction(drawing)) showRaster(part("raster"), `/api/v1/drawings/${id}/raster.png?revision=${prediction.revision}`);
  };
}

/**
 * Keep the old raster until the new one is loaded, or if loading fails.
 * @param {HTMLImageElement} image
 * @param {string} url
 */
function showRaster(image, url) {
  if (image.dataset.url === url) return;
  image.dataset.url = url;
  const loading = new Image();
  loading.onload = () => {
    if (image.dataset.url !== url) return;
    image.src = url;
    image.hidden = false;
  };
  loading.src = url;
}
