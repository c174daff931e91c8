/* The explanation page: one drawing, requested once, shown by every figure. */
import "../site.js";
import { callApi } from "../api.js";
import { requirePageUser } from "../guest.js";
import { html, partsOf, readJson, targetOf } from "../dom.js";
import { modelName } from "../model_display_names.js";
import { onThemeChange } from "../theme/theme_switch.js";
import { createAttributionFigure } from "./figures/attribution_and_counterfactual.js";
import { createAugmentationFigure } from "./figures/augmentation.js";
import { createBatchNormFigure } from "./figures/batch_norm.js";
import { createCenteringFigure } from "./figures/centering.js";
import { createConvolutionFigure } from "./figures/convolution.js";
import { createDropoutFigure } from "./figures/dropout.js";
import { createFeatureMapsFigure } from "./figures/feature_maps.js";
import { createNeighboursFigure } from "./figures/nearest_neighbours.js";
import { createPoolingFigure } from "./figures/pooling.js";
import { pollExplanation, PollTimeout } from "./poll_explanation.js";
import { renderInk } from "./render_raster.js";
import { createSketchPad } from "./sketch_pad.js";
import { decodeRasters, SIDE } from "./tensor_math.js";
import { formatPrediction } from "./explanation_page_texts.js";

const FIRST_EXAMPLE = 7;
const BLANK = "\u00a0"; // keeps the height of the line
const COMPUTING = "Computing the explanation…";
const NO_WORKER = "No worker is responding. It may be busy training; try again in a minute.";

const { examples, drawing, canDraw } = readJson("state");
const part = partsOf(document);
const figure = (/** @type {string} */ name) => part(`figure="${name}"`);
const pause = (/** @type {number} */ ms) => new Promise((/** @type {(value: void) => void} */ resolve) => setTimeout(resolve, ms));
const prefersReducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const pooling = createPoolingFigure(figure("pooling"));
const neighbours = createNeighboursFigure(figure("nearest"));
const figures = [
  createCenteringFigure(figure("centering")),
  createConvolutionFigure(figure("convolution"), { prefersReducedMotion, onMap: (map) => pooling.showMap(map) }),
  pooling,
  createBatchNormFigure(figure("batch-norm")),
  createFeatureMapsFigure(figure("layers")),
  createAttributionFigure(figure("attribution")),
  createDropoutFigure(figure("dropout")),
  createAugmentationFigure(figure("augmentation")),
];
const pad = createSketchPad(part("pad"), {
  canDraw,
  onInk: (strokes) => {
    part("pad-picture").hidden = true;
    part("read").disabled = strokes.length === 0;
    showStatus(strokes.length ? "Ready to be recognized." : "");
    clearPrediction();
  },
});

/** @type {{ strokes: Stroke[] | null, explanation: Explanation | null, neighbours: Neighbours | null }} */
const shown = { strokes: null, explanation: null, neighbours: null };
let path = "";
let request = new AbortController();

/**
 * @param {string} text
 * @param {{ isWaiting?: boolean, canRetry?: boolean }} [options]
 */
function showStatus(text, { isWaiting = false, canRetry = false } = {}) {
  part("status").textContent = text;
  part("progress").hidden = !isWaiting;
  part("again").hidden = !canRetry;
}

/** The prediction of another drawing must not be shown next to this one. */
function clearPrediction() {
  part("prediction").textContent = part("model").textContent = BLANK;
  delete part("prediction").dataset.digit;
}

/**
 * Show the explanation of a drawing. A request under way is cancelled.
 * @param {string} newPath of the explanation
 * @param {Stroke[] | null} strokes null for an uploaded image
 */
async function explain(newPath, strokes) {
  request.abort();
  request = new AbortController();
  path = newPath;
  shown.strokes = strokes;
  part("sections").classList.add("is-waiting");
  clearPrediction();
  showStatus(COMPUTING, { isWaiting: true });
  const { signal } = request;
  try {
    const explanation = await poll("prediction", signal, ({ done, of }) =>
      showStatus(of > 1 ? `${COMPUTING} ${done} of ${of}` : COMPUTING, { isWaiting: true }));
    if (signal.aborted) return;
    if (explanation.problem) return showStatus(explanation.problem, { canRetry: true });
    shown.explanation = explanation;
    showExplanation(explanation);
    showStatus("");
    part("sections").classList.remove("is-waiting");
    await findNeighbours(signal);
  } catch (error) {
    if (!signal.aborted) showStatus(messageOf(error), { canRetry: true });
  }
}

/** @param {Explanation} explanation */
function showExplanation(explanation) {
  part("prediction").textContent = formatPrediction(explanation);
  part("prediction").dataset.digit = String(explanation.digit ?? "");
  part("pad-picture").hidden = shown.strokes !== null;
  if (!shown.strokes) renderInk(part("pad-picture"), decodeRasters(explanation.raster)[0], SIDE);
  part("model").replaceChildren("by ", modelLink(explanation.model));
  for (const one of figures) one.show(explanation, shown.strokes);
}

/** @param {string} ref */
function modelLink(ref) {
  return html("a", { title: ref, href: `/models/${encodeURIComponent(ref)}/` }, modelName(ref));
}

/** @param {AbortSignal} signal */
async function findNeighbours(signal) {
  neighbours.wait();
  try {
    const found = await poll("neighbours", signal, (progress) => neighbours.wait(progress));
    if (signal.aborted) return;
    shown.neighbours = found;
    neighbours.show(found);
  } catch (error) {
    if (!signal.aborted) neighbours.fail(messageOf(error));
  }
}

/**
 * @param {string} name of the part
 * @param {AbortSignal} signal
 * @param {(progress: { done: number, of: number }) => void} onProgress
 */
function poll(name, signal, onProgress) {
  const report = (/** @type {{ done: number, of: number }} */ progress) => !signal.aborted && onProgress(progress);
  return pollExplanation(`${path}?part=${name}`, { call: callApi, pause, onProgress: report, signal });
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof PollTimeout ? NO_WORKER : /** @type {Error} */ (error).message;
}

/** @param {string | null} digit */
function pressExample(digit) {
  for (const button of part("examples").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === digit));
}

/** @param {string | number} digit */
function showExample(digit) {
  pressExample(String(digit));
  pad.show(examples[digit]);
  if (canDraw) part("read").disabled = true;
  explain(`examples/${digit}/explanation/`, examples[digit]);
}

/** Store the drawing of the pad like any other, then explain it. */
async function submitDrawing() {
  const { strokes, pointer } = pad.drawing;
  part("read").disabled = true;
  pressExample(null);
  showStatus("Recognizing…", { isWaiting: true });
  try {
    await requirePageUser();
    const { id } = await callApi("drawings/?wait=5", { method: "POST", body: { strokes, pointer } });
    pad.show(strokes);
    await explain(`drawings/${id}/explanation/`, strokes);
  } catch (error) {
    part("read").disabled = false;
    showStatus(messageOf(error));
  }
}

part("examples").addEventListener("click", (/** @type {Event} */ event) => {
  const { value } = targetOf(event);
  if (value) showExample(value);
});
part("read")?.addEventListener("click", submitDrawing);
part("again").addEventListener("click", () => explain(path, shown.strokes));
part("clear")?.addEventListener("click", () => pad.clear());
onThemeChange(() => {
  if (shown.explanation) showExplanation(shown.explanation);
  if (shown.neighbours) neighbours.show(shown.neighbours);
});

if (drawing) {
  pad.show(drawing.strokes ?? []);
  explain(`drawings/${drawing.id}/explanation/`, drawing.strokes);
} else showExample(FIRST_EXAMPLE);
