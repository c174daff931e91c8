/* What the server says about the drawing on the sheet: (drawing, event) -> drawing. Pure.
   event: { message, at, ref }: the message, when it was heard, a fresh name should one be needed. */
import { emptyDrawing, isEmpty } from "./drawing.js";

/* Another tab holds this name, or it is gone: the same ink goes on under a new one. */
const NEEDS_NEW_NAME = new Set(["conflict", "stale", "deleted"]);

export function handleMessage(drawing, event) {
  const { message } = event;
  const isAbout = message.ref === drawing.ref || (message.id && message.id === drawing.id);
  return isAbout ? (HANDLERS[message.type]?.(drawing, event) ?? drawing) : drawing;
}

const HANDLERS = {
  queued: (drawing, { message }) => ({
    ...drawing,
    id: message.id,
    queued: Math.max(drawing.queued, message.revision),
  }),
  drawing: hearDrawing,
  prediction: (drawing, { message, at }) => hearAnswer(drawing, message, message.revision, at),
  failed: (drawing, { message }) =>
    message.revision === drawing.revision ? withProblem({ ...drawing, id: message.id }, message) : drawing,
  label: (drawing, { message }) => ({ ...drawing, label: message.label, labelPending: false }),
  deleted: (_, { ref }) => emptyDrawing(ref),
  error: hearError,
};

function hearDrawing(drawing, { message, at }) {
  const known = {
    ...drawing,
    id: message.id,
    queued: Math.max(drawing.queued, message.revision),
    label: drawing.labelPending ? drawing.label : message.label,
  };
  if (message.status === "failed" && message.revision === drawing.revision) {
    return withProblem(known, { code: message.error, detail: "" });
  }
  return message.prediction ? hearAnswer(known, message.prediction, message.revision, at) : known;
}

function hearAnswer(drawing, prediction, revision, at) {
  const isNews = revision > (drawing.answer?.revision ?? 0) && revision <= drawing.revision;
  if (!isNews || isEmpty(drawing)) return drawing;
  return {
    ...drawing,
    id: prediction.id ?? drawing.id,
    problem: null,
    answer: {
      revision,
      verdict: prediction.verdict,
      digit: prediction.digit,
      confidence: prediction.confidence,
      probabilities: prediction.probabilities,
      model: prediction.model,
      latencyMs: prediction.latency_ms,
      roundTripMs: drawing.sent?.revision === revision ? at - drawing.sent.at : null,
    },
  };
}

function hearError(drawing, { message, ref }) {
  if (message.id && !message.ref) return drawing.labelPending ? { ...drawing, label: null, labelPending: false } : drawing;
  if (NEEDS_NEW_NAME.has(message.code)) {
    return { ...drawing, ref, id: null, revision: 1, queued: 0, sent: null, answer: null, problem: null };
  }
  return withProblem(drawing, message);
}

function withProblem(drawing, { code, detail, retry_after_s: retryAfterS = null }) {
  return { ...drawing, problem: { revision: drawing.revision, code, detail, retryAfterS } };
}
