/* The prediction as a large digit, and the claim on it: a tick, or a correction. */
import { partsOf } from "../../dom.js";
import { hasCurrentPrediction, isWaiting, predictedLabel } from "../drawing_reducer.js";
import { describeDrawing } from "../drawing_page_texts.js";
import { currentPreview } from "../page_state_reducer.js";
import { digitPath, digitSvg, MARKS } from "./digit_glyphs.js";

/** @typedef {import("../drawing_reducer.js").Drawing} Drawing */

/** @param {HTMLElement} root */
export function createPredictionView(root) {
  const part = partsOf(root, "prediction-");
  let shown = "";
  return (/** @type {import("../page_state_reducer.js").DrawState} */ state) => {
    const { drawing, connection } = state;
    const { title, note } = describeDrawing(drawing, connection, currentPreview(state));
    showWhy(part("why"), drawing);
    root.dataset.state = stateOf(drawing);
    root.dataset.label = String(drawing.claim ?? predictedLabel(drawing) ?? "");
    part("title").textContent = title;
    part("note").textContent = note;
    part("progress").hidden = !(isWaiting(drawing) && drawing.slowRevision === drawing.revision);
    const key = glyphKey(drawing);
    if (key !== shown) part("digits").replaceChildren(...glyphsOf(drawing));
    shown = key;
  };
}

/**
 * @param {HTMLAnchorElement} link to the explanation of the prediction
 * @param {Drawing} drawing
 */
function showWhy(link, drawing) {
  link.hidden = drawing.id === null || !hasCurrentPrediction(drawing);
  if (!link.hidden) link.href = `${link.dataset.url}?drawing=${drawing.id}`;
}

/** @param {Drawing} drawing */
function stateOf(drawing) {
  if (drawing.problem) return "failed";
  if (isWaiting(drawing)) return drawing.prediction ? "revising" : "waiting";
  if (!drawing.prediction) return "empty";
  if (drawing.claim !== null) return isConfirmed(drawing) ? "confirmed" : "corrected";
  return drawing.prediction.decision;
}

/** @param {Drawing} drawing */
function isConfirmed(drawing) {
  return drawing.claim === predictedLabel(drawing);
}

/**
 * Glyphs are animated, so they are redrawn only if they change and not with every new confidence.
 * @param {Drawing} drawing
 */
function glyphKey({ prediction, claim, ref }) {
  return prediction ? `${ref} ${prediction.decision} ${prediction.digit} ${claim}` : "";
}

/** @param {Drawing} drawing */
function glyphsOf(drawing) {
  if (!drawing.prediction) return [];
  const { decision } = drawing.prediction;
  const main = digitSvg(digitPath(predictedLabel(drawing)), `main ${decision}`);
  if (drawing.claim === null) {
    return decision === "unsure" ? [main, digitSvg(MARKS.question, "corner doubt")] : [main];
  }
  if (isConfirmed(drawing)) return [main, digitSvg(MARKS.tick, "corner tick")];
  const correction = digitSvg(digitPath(drawing.claim), "corner correction");
  return [main, digitSvg(MARKS.strike, "main strike"), correction];
}
