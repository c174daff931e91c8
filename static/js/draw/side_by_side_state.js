/* The predictions of the other models for the drawing on the canvas: state, rows and texts. Pure. */
import { shownProbabilities } from "../format_percent_and_labels.js";
import { hasCurrentPrediction, isEmpty, labelOf, predictedLabel } from "./drawing_reducer.js";

export const TOP_K = 3;

/** @typedef {import("./drawing_reducer.js").Drawing} Drawing */
/** @typedef {{ id: string | null, revision: number }} RevisionRef */
/** @typedef {RevisionRef & { predictions: ModelPrediction[] | null, code?: string }} Result */

/**
 * @typedef {object} SideBySide
 * @property {boolean} isOn
 * @property {string[]} models the champion first
 * @property {RevisionRef | null} requested the last request on this connection
 * @property {Result | null} result the newest message
 */

/**
 * @typedef {object} Row
 * @property {string} model
 * @property {"empty" | "waiting" | "champion" | "agrees" | "differs" | "failed"} state
 * @property {(Pick<ModelPrediction, "decision" | "digit" | "confidence" | "probabilities" | "rejects">) | null} prediction
 * @property {boolean} [isOld] the prediction is about fewer strokes
 * @property {string} [code] why the model failed
 */

/** @typedef {{ sideBySide: SideBySide, drawing: Drawing, connection: ConnectionStatus }} State */

/** @returns {SideBySide} */
export function initialSideBySide() {
  return { isOn: false, models: [], requested: null, result: null };
}

/**
 * @param {SideBySide} sideBySide
 * @param {any} event
 * @returns {SideBySide}
 */
export function reduceSideBySide(sideBySide, event) {
  switch (event.type) {
    case "sideBySideSwitched":
      return { ...sideBySide, isOn: event.isOn };
    case "sideBySideModelsSet":
      return { ...sideBySide, models: event.models };
    case "sideBySideRequested":
      return { ...sideBySide, requested: { id: event.id, revision: event.revision } };
    case "sideBySideTimedOut":
      return isSameRevision(sideBySide.requested, event) ? { ...sideBySide, requested: null } : sideBySide;
    case "connection":
      return sideBySide.requested ? { ...sideBySide, requested: null } : sideBySide;
    default:
      return sideBySide;
  }
}

/**
 * @param {SideBySide} sideBySide
 * @param {any} message a side_by_side message of the server
 * @returns {SideBySide}
 */
export function applySideBySideMessage(sideBySide, message) {
  const { result } = sideBySide;
  const isOlder = result !== null && result.id === message.id && result.revision > message.revision;
  return isOlder ? sideBySide : { ...sideBySide, result: message };
}

/**
 * Return the drawing and revision to request now, or null.
 * @param {State} state
 * @returns {RevisionRef | null}
 */
export function pendingRequest({ sideBySide, drawing, connection }) {
  if (!sideBySide.isOn || connection.name !== "open" || !hasCurrentPrediction(drawing) || isEmpty(drawing)) return null;
  const request = { id: drawing.id, revision: drawing.revision };
  const isKnown = isSameRevision(sideBySide.result, request) && sideBySide.result?.predictions !== null;
  return isKnown || isSameRevision(sideBySide.requested, request) ? null : request;
}

/**
 * Return a row for each model, the champion first.
 * @param {State} state
 * @returns {Row[]}
 */
export function comparisonRows({ sideBySide, drawing }) {
  const result = currentResult(sideBySide, drawing);
  const champion = drawing.prediction?.model ?? sideBySide.models[0];
  const models = result ? result.predictions.map(({ model }) => model) : sideBySide.models;
  return [
    championRow(champion, drawing),
    ...models.filter((model) => model !== champion).map((model) => modelRow(model, result, drawing)),
  ];
}

/**
 * @param {string} model
 * @param {Drawing} drawing
 * @returns {Row}
 */
function championRow(model, drawing) {
  if (isEmpty(drawing)) return { model, state: "empty", prediction: null };
  if (!drawing.prediction) return { model, state: "waiting", prediction: null };
  return { model, state: "champion", prediction: drawing.prediction, isOld: !hasCurrentPrediction(drawing) };
}

/**
 * @param {string} model
 * @param {{ predictions: ModelPrediction[], isOld: boolean } | null} result
 * @param {Drawing} drawing
 * @returns {Row}
 */
function modelRow(model, result, drawing) {
  if (isEmpty(drawing)) return { model, state: "empty", prediction: null };
  const prediction = result?.predictions.find((one) => one.model === model);
  if (!result || !prediction) return { model, state: "waiting", prediction: null };
  if (prediction.code) return { model, state: "failed", prediction: null, code: prediction.code };
  const agrees = labelOf(prediction) === predictedLabel(drawing);
  return { model, state: agrees ? "agrees" : "differs", prediction, isOld: result.isOld };
}

/**
 * Return the predictions for this drawing. Those for fewer strokes stay until new ones arrive.
 * @param {SideBySide} sideBySide
 * @param {Drawing} drawing
 */
function currentResult({ result }, drawing) {
  if (!result?.predictions || result.id !== drawing.id || isEmpty(drawing) || !drawing.prediction) return null;
  const isOld = result.revision !== drawing.revision || !hasCurrentPrediction(drawing);
  return { predictions: result.predictions, isOld };
}

/**
 * Return the most probable digits.
 * @param {Parameters<typeof shownProbabilities>[0]} prediction
 */
export function topClasses(prediction) {
  return shownProbabilities(prediction)
    .slice(0, 10)
    .map((probability, digit) => ({ digit, probability }))
    .sort((a, b) => b.probability - a.probability || a.digit - b.digit)
    .slice(0, TOP_K);
}

/**
 * Return the line above the rows. It is final if it will not change without a new event: only then a
 * screen reader should announce it.
 * @param {State} state
 * @returns {{ text: string, isFinal: boolean }}
 */
export function describeComparison(state) {
  const { sideBySide, drawing, connection } = state;
  const result = isSameRevision(sideBySide.result, drawing) ? sideBySide.result : null;
  if (isEmpty(drawing)) return { text: "Draw a digit to compare the models.", isFinal: false };
  if (result?.predictions?.length === 0) return { text: "No other model is selected.", isFinal: true };
  const rows = comparisonRows(state).slice(1);
  const isFresh = rows.some((row) => row.state !== "waiting" && !row.isOld) && hasCurrentPrediction(drawing);
  if (isFresh) return { text: describeAgreement(rows), isFinal: true };
  if (connection.name !== "open") return { text: "The models run when you are connected again.", isFinal: false };
  if (result?.code && FAILURES[result.code]) return { text: FAILURES[result.code], isFinal: true };
  return { text: "Running the models…", isFinal: false };
}

/** @type {Record<string, string>} */
const FAILURES = {
  delayed: "The models are taking longer than usual.",
  unavailable: "The models are not available right now. Retrying soon.",
};

/** @param {Row[]} rows */
function describeAgreement(rows) {
  const total = rows.filter(({ prediction }) => prediction).length;
  const agree = rows.filter(({ state }) => state === "agrees").length;
  const failed = rows.length - total;
  return `${countAgreement(agree, total)} ${failed ? `${failed} failed.` : ""}`.trim();
}

/**
 * @param {number} agree
 * @param {number} total
 */
function countAgreement(agree, total) {
  if (total === 0) return "";
  if (total === 1) return agree ? "The other model agrees." : "The other model differs.";
  if (agree === total) return `All ${total} agree.`;
  return agree === 0 ? `None of the ${total} agree.` : `${agree} of ${total} agree.`;
}

/**
 * @param {Row} row
 * @param {Pick<Prediction, "decision"> | null} champion the prediction of the champion
 */
export function describeRow({ state, prediction, code }, champion) {
  if (state === "champion") return "champion";
  if (state === "failed") return code === "cannot_load" ? "could not be loaded" : "prediction failed";
  if (!prediction) return "";
  if (state === "differs" && champion?.decision === "not_a_digit" && prediction.rejects === false) return "digits only";
  return prediction.decision === "unsure" ? `${state}, not sure` : state;
}

/**
 * @param {RevisionRef | null} one
 * @param {RevisionRef} other
 */
function isSameRevision(one, { id, revision }) {
  return one !== null && one.id === id && one.revision === revision;
}
