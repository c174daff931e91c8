/* The page that explains: one drawing, asked about once, shown by every figure. */
import { callApi } from "../api.js";
import { html } from "../dom.js";
import { pollExplanation, PollTimeout } from "./poll_explanation.js";
import { createConvolutionFigure } from "./figures/convolution.js";
import { createAttributionFigure } from "./figures/attribution.js";
import { createDropoutFigure } from "./figures/dropout.js";
import { createBatchNormFigure } from "./figures/batch_norm.js";
import { createFeatureMapsFigure } from "./figures/feature_maps.js";
import { createNeighboursFigure } from "./figures/nearest_neighbours.js";
import { createCenteringFigure } from "./figures/centering.js";
import { createPoolingFigure } from "./figures/pooling.js";
import { createAugmentationFigure } from "./figures/augmentation.js";
import { decodeRasters, SIDE } from "./tensor_math.js";
import { createSketchPad } from "./sketch_pad.js";
import { renderInk } from "./render_raster.js";
import { answerWords } from "./text.js";

const FIRST_EXAMPLE = 7;
const NOTHING = "\u00a0"; // keeps the line's place
const AWAY = "The helper that works this out does not answer. It may be busy training; try again in a minute.";

const { examples, drawing, signedIn } = JSON.parse(document.getElementById("state").textContent);
const part = (name) => document.querySelector(`[data-${name}]`);
const figure = (name) => document.querySelector(`[data-figure="${name}"]`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const wantsCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const pooling = createPoolingFigure(figure("pooling"));
const nearest = createNeighboursFigure(figure("nearest"));
const figures = [
  createCenteringFigure(figure("placing")),
  createConvolutionFigure(figure("convolving"), { wantsCalm, onMap: (map) => pooling.showMap(map) }),
  pooling,
  createBatchNormFigure(figure("evening")),
  createFeatureMapsFigure(figure("layers")),
  createAttributionFigure(figure("deciding")),
  createDropoutFigure(figure("dropping")),
  createAugmentationFigure(figure("practising")),
];
const pad = createSketchPad(part("pad"), {
  canDraw: signedIn,
  onInk: (strokes) => {
    part("pad-picture").hidden = true;
    part("read").disabled = strokes.length === 0;
    say(strokes.length ? "Ready to be read." : "");
    forgetAnswer();
  },
});
const shown = { path: "", strokes: null, reading: null, found: null, asking: new AbortController() };

function say(text, { isWaiting = false, canRetry = false } = {}) {
  part("status").textContent = text;
  part("progress").hidden = !isWaiting;
  part("again").hidden = !canRetry;
}

/* The answer to another drawing must not stand beside this one. */
function forgetAnswer() {
  part("answer").textContent = part("model").textContent = NOTHING;
}

/* path: of the explanation; strokes: null for a picture. What was asked before is of no interest. */
async function explain(path, strokes) {
  shown.asking.abort();
  Object.assign(shown, { path, strokes, asking: new AbortController() });
  part("sections").classList.add("is-waiting");
  forgetAnswer();
  say("Working it out …", { isWaiting: true });
  const { signal } = shown.asking;
  try {
    const reading = await ask(path, "reading", ({ done, of }) => say(of > 1 ? `Working it out: ${done} of ${of}` : "Working it out …", { isWaiting: true }));
    if (signal.aborted) return;
    if (reading.problem) return say(reading.problem, { canRetry: true });
    shown.reading = reading;
    showReading();
    say("");
    part("sections").classList.remove("is-waiting");
    await findNearest(path);
  } catch (problem) {
    if (!signal.aborted) say(problem instanceof PollTimeout ? AWAY : problem.message, { canRetry: true });
  }
}

function showReading() {
  part("answer").textContent = answerWords(shown.reading);
  part("pad-picture").hidden = shown.strokes !== null;
  if (!shown.strokes) renderInk(part("pad-picture"), decodeRasters(shown.reading.raster)[0], SIDE);
  part("model").replaceChildren("by ", modelName(shown.reading.model));
  for (const one of figures) one.show(shown.reading, shown.strokes);
}

/* Its page is for who is signed in. */
function modelName(model) {
  return signedIn ? html("a", { class: "mono", href: `/models/${encodeURIComponent(model)}/` }, model) : html("span", { class: "mono" }, model);
}

async function findNearest(path) {
  const { signal } = shown.asking;
  nearest.wait();
  try {
    shown.found = await ask(path, "nearest", (progress) => nearest.wait(progress));
    if (!signal.aborted) nearest.show(shown.found);
  } catch (problem) {
    if (!signal.aborted) nearest.fail(problem instanceof PollTimeout ? AWAY : problem.message);
  }
}

function ask(path, name, onProgress) {
  const { signal } = shown.asking;
  const told = (progress) => !signal.aborted && onProgress(progress);
  return pollExplanation(`${path}?part=${name}`, { call: callApi, pause, onProgress: told, signal });
}

function takeExample(digit) {
  for (const button of part("examples").querySelectorAll("button")) button.setAttribute("aria-pressed", button.value === String(digit));
  pad.show(examples[digit]);
  if (signedIn) part("read").disabled = true;
  explain(`examples/${digit}/explanation/`, examples[digit]);
}

/* A drawing like any other: stored, read, and in the history. */
async function readDrawing() {
  const { strokes, pointer } = pad.drawing;
  part("read").disabled = true;
  for (const button of part("examples").querySelectorAll("button")) button.setAttribute("aria-pressed", "false");
  say("Reading it …", { isWaiting: true });
  try {
    const { id } = await callApi("drawings/?wait=5", { method: "POST", body: { strokes, pointer } });
    pad.show(strokes);
    await explain(`drawings/${id}/explanation/`, strokes);
  } catch (problem) {
    part("read").disabled = false;
    say(problem.message);
  }
}

part("examples").addEventListener("click", (event) => event.target.value && takeExample(Number(event.target.value)));
part("again").addEventListener("click", () => explain(shown.path, shown.strokes));
part("read")?.addEventListener("click", readDrawing);
part("clear")?.addEventListener("click", () => pad.clear());
for (const [source, type] of [[document, "themechange"], [matchMedia("(prefers-color-scheme: dark)"), "change"]]) {
  source.addEventListener(type, () => {
    if (shown.reading) showReading();
    if (shown.found) nearest.show(shown.found);
  });
}

if (drawing) {
  pad.show(drawing.strokes ?? []);
  explain(`drawings/${drawing.id}/explanation/`, drawing.strokes);
} else takeExample(FIRST_EXAMPLE);
