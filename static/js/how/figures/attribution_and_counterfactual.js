/* Attribution of the prediction to ink, and the smallest change of the ink that changes the prediction. */
import { partsOf, targetOf } from "../../dom.js";
import { withArticle } from "../../format_percent_and_labels.js";
import { renderInk, renderSigned, themeColour } from "../render_raster.js";
import { computeLogits, decodeMaps, decodeRasters, SIDE } from "../tensor_math.js";
import { formatLabel } from "../../format_percent_and_labels.js";
import { showLogits } from "./class_bars.js";

/** @typedef {"alone" | "lead" | "change"} View */

/** @param {HTMLElement} root */
export function createAttributionFigure(root) {
  const part = partsOf(root, "why-");
  /** @type {{ explanation: Explanation | null, view: View }} */
  const state = { explanation: null, view: "alone" };
  root.addEventListener("change", (event) => {
    state.view = targetOf(event).value;
    if (state.explanation) draw(state.explanation);
  });

  function draw(/** @type {Explanation} */ explanation) {
    const { attribution } = explanation;
    const canvas = part("picture");
    const note = describeAttribution(attribution, state.view);
    if (state.view === "change") renderCounterfactual(canvas, explanation);
    else renderSigned(canvas, decodeMaps(attribution[state.view])[0].bytes, SIDE);
    canvas.setAttribute("aria-label", note);
    part("note").textContent = note;
  }

  return {
    /** @param {Explanation} explanation */
    show(explanation) {
      state.explanation = explanation;
      const { best, second } = explanation.attribution;
      part("alone").textContent = `For ${withArticle(best)}`;
      part("lead").textContent = `Rather than ${withArticle(second)}`;
      part("change").textContent = `What would make it ${withArticle(second)}`;
      showLogits(part("bars"), computeLogits(explanation.head));
      draw(explanation);
    },
  };
}

/**
 * Draw the ink in a pale colour, ink to add in blue and ink to remove in red.
 * @param {HTMLCanvasElement} canvas
 * @param {Explanation} explanation
 */
function renderCounterfactual(canvas, { raster, attribution }) {
  const [before, after] = [decodeRasters(raster)[0], decodeRasters(attribution.counterfactual.raster)[0]];
  renderInk(canvas, before.map((byte) => byte * 0.35), SIDE);
  const context = canvas.getContext("2d");
  if (!context) return;
  const [added, removed] = ["--accent", "--mark"].map((name) => `rgb(${themeColour(name).join(" ")})`);
  before.forEach((byte, index) => {
    const difference = after[index] - byte;
    if (!difference) return;
    context.fillStyle = difference > 0 ? added : removed;
    context.globalAlpha = Math.max(0.25, Math.abs(difference) / 255);
    context.fillRect(index % SIDE, Math.floor(index / SIDE), 1, 1);
  });
  context.globalAlpha = 1;
}

/**
 * @param {Pick<Attribution, "best" | "second" | "counterfactual">} attribution
 * @param {View} view
 */
export function describeAttribution({ best, second, counterfactual }, view) {
  const next = withArticle(second);
  if (view === "alone") return `Blue ink supported ${withArticle(best)}, red ink opposed it; paler ink mattered less.`;
  if (view === "lead") return `The second most probable class was ${next}. Blue ink supported ${formatLabel(best)} over it, red ink the opposite.`;
  const { touches, reached } = counterfactual;
  if (!reached) return `No small change is enough: after ${touches} changed squares the model still did not predict ${next}.`;
  const squares = touches === 1 ? "One small square" : `${touches} small squares`;
  return `${squares} of ink, added (blue) or removed (red), would change the prediction to ${next}.`;
}
