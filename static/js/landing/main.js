/* The landing page of a site without guests: a canvas with the prediction of the browser. Nothing is sent. */
import "../site.js";
import { partsOf, readJson, setText, targetOf } from "../dom.js";
import { countPoints, isEmpty, labelOf } from "../draw/drawing_reducer.js";
import { describePrediction } from "../draw/drawing_page_texts.js";
import { DrawingCanvas } from "../draw/input/drawing_canvas.js";
import { drawEarlyInk, takeEarlyEvents } from "../draw/input/early_ink.js";
import { currentPreview, initialState, reduce } from "../draw/page_state_reducer.js";
import { startPreviews } from "../draw/preview_requests.js";
import { newRef } from "../draw/uuid.js";
import { createStore } from "../reducer_store.js";

const part = partsOf(document);
const store = createStore(initialState(newRef()), reduce);
const previewStroke = startPreviews(store);

const canvas = new DrawingCanvas(part("canvas"), {
  onStart: () => store.dispatch({ type: "strokeStarted", ref: newRef() }),
  onExtend: previewStroke,
  onDiscard: () => store.dispatch({ type: "strokeDiscarded" }),
  onStroke: (stroke, pointer) => store.dispatch({ type: "strokeEnded", stroke, pointer }),
  remainingPoints: () => store.state.limits.points - countPoints(store.state.drawing),
});

store.subscribe((state) => {
  const preview = currentPreview(state);
  canvas.show(state.drawing.strokes);
  part("sheet-hint").hidden = !isEmpty(state.drawing) || preview !== null;
  part("prediction").dataset.label = String((preview && labelOf(preview)) ?? "");
  setText(part("prediction-title"), preview ? describePrediction(preview).title : "");
  part("prediction-note").hidden = preview === null;
});

/** @type {Record<string, () => void>} */
const commands = {
  undo: () => store.dispatch({ type: "undone" }),
  clear: () => store.dispatch({ type: "cleared", ref: newRef() }),
};
document.addEventListener("click", (event) => {
  /** @type {HTMLElement | null} */
  const button = targetOf(event).closest("[data-command]");
  if (button) commands[button.dataset.command ?? ""]();
});

store.dispatch({ type: "message", message: { type: "champion", champion: readJson("champion") }, at: 0, ref: "" });
drawEarlyInk(canvas, takeEarlyEvents(part("canvas")));
