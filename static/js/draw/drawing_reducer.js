/* The drawing on the canvas: (drawing, event) -> drawing. Pure: random ids (refs) and times come with
   the events. */

/**
 * @typedef {object} DrawnPrediction a prediction, and how long it took
 * @property {number} revision
 * @property {Prediction["decision"]} decision
 * @property {number | null} digit
 * @property {number} confidence
 * @property {number[]} probabilities
 * @property {string} model
 * @property {number} latencyMs
 * @property {number | null} roundTripMs null if another tab sent the strokes
 */

/** @typedef {{ revision: number, code: string, detail: string, retryAfterS?: number | null }} Problem */

/**
 * @typedef {object} Drawing
 * @property {string} ref chosen by this page, before the server gives an id
 * @property {string | null} id
 * @property {number} revision grows with every change of the ink
 * @property {Stroke[]} strokes
 * @property {string} pointer "mouse", "touch" or "pen"
 * @property {number | null} drawnAt when the first stroke ended, in milliseconds since 1970
 * @property {{ url: string | null } | null} image an uploaded image, instead of strokes
 * @property {Stroke[][]} past earlier strokes, for undo
 * @property {Stroke[][]} future later strokes, for redo
 * @property {{ revision: number, at: number } | null} sent the last revision that was sent, and when
 * @property {number} storedRevision the newest revision that the server has stored
 * @property {number} slowRevision the revision whose prediction takes longer than usual
 * @property {DrawnPrediction | null} prediction
 * @property {Problem | null} problem
 * @property {ClassLabel | null} claim
 * @property {boolean} claimPending the claim was made here and is not confirmed by the server
 * @property {number} claimCount how often the claim was changed here
 */

/**
 * @param {string} ref
 * @returns {Drawing}
 */
export function emptyDrawing(ref) {
  return {
    ref,
    id: null,
    revision: 0,
    strokes: [],
    pointer: "",
    drawnAt: null,
    image: null,
    past: [],
    future: [],
    sent: null,
    storedRevision: 0,
    slowRevision: 0,
    prediction: null,
    problem: null,
    claim: null,
    claimPending: false,
    claimCount: 0,
  };
}

/**
 * True if the next stroke starts another drawing: this one has a claim, or is an uploaded image.
 * @param {Drawing} drawing
 */
export function isFinished(drawing) {
  return drawing.claim !== null || drawing.image !== null;
}

/** @param {Drawing} drawing */
export function isEmpty(drawing) {
  return drawing.strokes.length === 0 && drawing.image === null;
}

/**
 * True if the prediction is about the newest revision.
 * @param {Drawing} drawing
 */
export function hasCurrentPrediction(drawing) {
  return drawing.prediction !== null && drawing.prediction.revision === drawing.revision;
}

/**
 * True if the newest revision has neither a prediction nor a problem.
 * @param {Drawing} drawing
 */
export function isWaiting(drawing) {
  const hasProblem = drawing.problem?.revision === drawing.revision;
  return !isEmpty(drawing) && !hasCurrentPrediction(drawing) && !hasProblem;
}

/**
 * True if the server lacks a part of the drawing, which must then be kept when another drawing starts.
 * @param {Drawing} drawing
 */
export function hasUnsentChanges(drawing) {
  const isUnstored = drawing.storedRevision < drawing.revision && !drawing.image && !isEmpty(drawing);
  const isRefused = drawing.problem !== null && !drawing.problem.retryAfterS;
  return drawing.claimPending || (isUnstored && !isRefused);
}

/**
 * Return the label that "yes" confirms, or null without a prediction.
 * @param {Pick<Drawing, "prediction">} drawing
 * @returns {ClassLabel | null}
 */
export function predictedLabel({ prediction }) {
  return prediction && labelOf(prediction);
}

/**
 * @param {Pick<Prediction, "decision" | "digit">} prediction
 * @returns {ClassLabel | null}
 */
export function labelOf({ decision, digit }) {
  return decision === "not_a_digit" ? "not_a_digit" : digit;
}

/** @param {Drawing} drawing */
export function canClaim(drawing) {
  return drawing.id !== null && !isEmpty(drawing) && !isWaiting(drawing);
}

/** @param {Pick<Drawing, "strokes">} drawing */
export function countPoints({ strokes }) {
  return strokes.reduce((sum, stroke) => sum + stroke.length, 0);
}

/**
 * @param {Drawing} drawing
 * @param {any} event
 * @returns {Drawing}
 */
export function reduceDrawing(drawing, event) {
  return HANDLERS[event.type]?.(drawing, event) ?? drawing;
}

/** @type {Record<string, (drawing: Drawing, event: any) => Drawing>} */
const HANDLERS = {
  strokeStarted: (drawing, { ref }) => (isFinished(drawing) ? emptyDrawing(ref) : drawing),
  strokeEnded: (drawing, { stroke, pointer, at = null }) =>
    changeInk({ ...drawing, pointer, drawnAt: drawing.drawnAt ?? at }, [...drawing.strokes, stroke]),
  cleared: clear,
  undone: undo,
  redone: redo,
  newDrawing: (drawing, { ref }) => (isEmpty(drawing) && !drawing.past.length ? drawing : emptyDrawing(ref)),
  restored: (_, { drawing }) => drawing,
  sent: (drawing, { ref, revision, at }) =>
    ref === drawing.ref ? { ...drawing, sent: { revision, at } } : drawing,
  predictionSlow: (drawing, { ref, revision }) =>
    ref === drawing.ref ? { ...drawing, slowRevision: revision } : drawing,
  retried: (drawing, { ref }) => (ref === drawing.ref ? withInk(drawing, drawing.strokes) : drawing),
  claimed: claim,
  imageChosen: (_, { ref, url, at }) => ({
    ...emptyDrawing(ref),
    revision: 1,
    image: { url },
    sent: { revision: 1, at },
  }),
  imageShown: (drawing, { ref, url }) => (ref === drawing.ref ? { ...drawing, image: { url } } : drawing),
  imageAccepted: (drawing, { ref, id }) => (ref === drawing.ref ? { ...drawing, id, storedRevision: 1 } : drawing),
  imageRefused: (drawing, { ref, code, detail }) =>
    ref === drawing.ref ? { ...drawing, problem: { revision: 1, code, detail } } : drawing,
};

/**
 * @param {Drawing} drawing
 * @param {Stroke[]} strokes
 */
export function changeInk(drawing, strokes) {
  return withInk({ ...drawing, past: [...drawing.past, drawing.strokes], future: [] }, strokes);
}

/**
 * The next strokes are another drawing. Undo brings the strokes back, as a part of that one.
 * @param {Drawing} drawing
 * @param {{ ref: string }} event
 */
function clear(drawing, { ref }) {
  if (isEmpty(drawing)) return drawing;
  if (isFinished(drawing)) return emptyDrawing(ref);
  return { ...emptyDrawing(ref), pointer: drawing.pointer, past: [...drawing.past, drawing.strokes] };
}

/**
 * Undo the claim before the strokes, because it was made after them.
 * @param {Drawing} drawing
 * @param {any} event
 */
function undo(drawing, event) {
  if (drawing.claim !== null) return claim(drawing, { ...event, claim: null });
  if (drawing.past.length === 0) return drawing;
  const past = drawing.past.slice(0, -1);
  return withInk({ ...drawing, past, future: [drawing.strokes, ...drawing.future] }, drawing.past[past.length]);
}

/** @param {Drawing} drawing */
function redo(drawing) {
  if (drawing.future.length === 0 || drawing.claim !== null) return drawing;
  const [strokes, ...future] = drawing.future;
  return withInk({ ...drawing, past: [...drawing.past, drawing.strokes], future }, strokes);
}

/**
 * The revision grows even if the strokes are equal to earlier ones: each revision gets one result.
 * @param {Drawing} drawing
 * @param {Stroke[]} strokes
 */
function withInk(drawing, strokes) {
  if (strokes.length === 0) return { ...drawing, strokes, prediction: null, problem: null };
  return { ...drawing, strokes, revision: drawing.revision + 1, problem: null };
}

/**
 * The same claim again removes it.
 * @param {Drawing} drawing
 * @param {{ claim: ClassLabel | null }} event
 */
function claim(drawing, { claim: label }) {
  if (!canClaim(drawing) && label !== null) return drawing;
  const claimCount = drawing.claimCount + 1;
  return { ...drawing, claim: label === drawing.claim ? null : label, claimPending: true, claimCount };
}
