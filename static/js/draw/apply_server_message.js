/* Server messages about the drawing on the canvas: (drawing, event) -> drawing. Pure.
   event: { message, at, ref }: the message, when it arrived, and a new ref in case one is needed. */
import { emptyDrawing, isEmpty } from "./drawing_reducer.js";

/** @typedef {import("./drawing_reducer.js").Drawing} Drawing */
/** @typedef {{ message: ServerMessage, at: number, ref: string }} MessageEvent */

/** The ref belongs to another tab or a deleted drawing: the same ink continues under a new ref. */
const NEEDS_NEW_REF = new Set(["conflict", "stale", "deleted"]);

/**
 * @param {Drawing} drawing
 * @param {MessageEvent} event
 * @returns {Drawing}
 */
export function handleMessage(drawing, event) {
  const { message } = event;
  const isAbout = message.ref === drawing.ref || (message.id && message.id === drawing.id);
  return isAbout ? (HANDLERS[message.type]?.(drawing, event) ?? drawing) : drawing;
}

/** @type {Record<string, (drawing: Drawing, event: MessageEvent) => Drawing>} */
const HANDLERS = {
  queued: (drawing, { message }) => ({
    ...drawing,
    id: message.id,
    storedRevision: Math.max(drawing.storedRevision, message.revision),
  }),
  drawing: applyDrawing,
  prediction: (drawing, { message, at }) => applyPrediction(drawing, message, message.revision, at),
  failed: (drawing, { message }) =>
    message.revision === drawing.revision ? withProblem({ ...drawing, id: message.id }, message) : drawing,
  label: (drawing, { message }) => ({ ...drawing, claim: message.claim, claimPending: false }),
  deleted: (_, { ref }) => emptyDrawing(ref),
  error: applyError,
};

/**
 * @param {Drawing} drawing
 * @param {MessageEvent} event
 */
function applyDrawing(drawing, { message, at }) {
  const known = {
    ...drawing,
    id: message.id,
    storedRevision: Math.max(drawing.storedRevision, message.revision),
    claim: drawing.claimPending ? drawing.claim : message.claim,
  };
  if (message.status === "failed" && message.revision === drawing.revision) {
    return withProblem(known, { code: message.error, detail: "" });
  }
  return message.prediction ? applyPrediction(known, message.prediction, message.revision, at) : known;
}

/**
 * @param {Drawing} drawing
 * @param {any} prediction a Prediction, perhaps with the id of the drawing
 * @param {number} revision
 * @param {number} at
 */
function applyPrediction(drawing, prediction, revision, at) {
  const isNewer = revision > (drawing.prediction?.revision ?? 0) && revision <= drawing.revision;
  if (!isNewer || isEmpty(drawing)) return drawing;
  return {
    ...drawing,
    id: prediction.id ?? drawing.id,
    problem: null,
    prediction: {
      revision,
      decision: prediction.decision,
      digit: prediction.digit,
      confidence: prediction.confidence,
      probabilities: prediction.probabilities,
      model: prediction.model,
      latencyMs: prediction.latency_ms,
      roundTripMs: drawing.sent?.revision === revision ? at - drawing.sent.at : null,
    },
  };
}

/**
 * An error with an id and no ref is about a claim, all others are about the ink.
 * @param {Drawing} drawing
 * @param {MessageEvent} event
 */
function applyError(drawing, { message, ref }) {
  if (message.id && !message.ref) return drawing.claimPending ? { ...drawing, claim: null, claimPending: false } : drawing;
  if (NEEDS_NEW_REF.has(message.code)) {
    return { ...drawing, ref, id: null, revision: 1, storedRevision: 0, sent: null, prediction: null, problem: null };
  }
  return withProblem(drawing, message);
}

/**
 * @param {Drawing} drawing
 * @param {any} problem
 */
function withProblem(drawing, { code, detail, retry_after_s: retryAfterS = null }) {
  return { ...drawing, problem: { revision: drawing.revision, code, detail, retryAfterS } };
}
