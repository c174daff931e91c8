/* The drawing on the sheet: (drawing, event) -> drawing. Pure: names (refs) and times come with the
   events.

   ref and revision are how the server knows it; strokes are raw samples [x, y, t_ms, pressure];
   past and future are what undo and redo go to; picture is set instead of strokes for an upload. */

export function emptyDrawing(ref) {
  return {
    ref,
    id: null,
    revision: 0,
    strokes: [],
    pointer: "",
    picture: null, // { url } while an uploaded picture lies on the sheet
    past: [],
    future: [],
    sent: null, // { revision, at } of what was sent last
    queued: 0, // the newest revision the server has stored
    slow: 0, // the revision whose answer is late
    answer: null,
    problem: null, // { revision, code, detail, retryAfterS }
    label: null, // what its owner said: 0 to 9, "not_a_digit"
    labelPending: false, // said here, not yet heard back
    labelCount: 0, // how often something was said here
  };
}

/* A drawing that was judged, or that is a picture, is finished: the next stroke starts another. */
export function isFinished(drawing) {
  return drawing.label !== null || drawing.picture !== null;
}

/* Undo leads back to its ink; another stroke is another drawing, so that the history keeps both.
   A sheet that is empty because every stroke was undone has no past. */
function isCleared(drawing) {
  return isEmpty(drawing) && drawing.past.length > 0;
}

export function isEmpty(drawing) {
  return drawing.strokes.length === 0 && drawing.picture === null;
}

export function hasCurrentPrediction(drawing) {
  return drawing.answer !== null && drawing.answer.revision === drawing.revision;
}

/* Its newest revision has neither an answer nor a problem yet. */
export function isWaiting(drawing) {
  const hasProblem = drawing.problem?.revision === drawing.revision;
  return !isEmpty(drawing) && !hasCurrentPrediction(drawing) && !hasProblem;
}

/* Something about it is not on the server yet: it must not be forgotten when the sheet is changed. */
export function hasUnsentChanges(drawing) {
  const isUnstored = drawing.queued < drawing.revision && !drawing.picture && !isEmpty(drawing);
  const isHopeless = drawing.problem !== null && !drawing.problem.retryAfterS;
  return drawing.labelPending || (isUnstored && !isHopeless);
}

/* What a "yes" would say, or null while there is nothing to say yes to. */
export function predictedLabel(drawing) {
  if (!drawing.answer) return null;
  return drawing.answer.verdict === "not_a_digit" ? "not_a_digit" : drawing.answer.digit;
}

export function canClaim(drawing) {
  return drawing.id !== null && !isEmpty(drawing) && !isWaiting(drawing);
}

export function countPoints(drawing) {
  return drawing.strokes.reduce((sum, stroke) => sum + stroke.length, 0);
}

export function reduceDrawing(drawing, event) {
  return HANDLERS[event.type]?.(drawing, event) ?? drawing;
}

const HANDLERS = {
  strokeStarted: (drawing, { ref }) =>
    isFinished(drawing) || isCleared(drawing) ? emptyDrawing(ref) : drawing,
  strokeEnded: (drawing, { stroke, pointer }) =>
    changeInk({ ...drawing, pointer }, [...drawing.strokes, stroke]),
  cleared: (drawing, { ref }) => {
    if (isFinished(drawing)) return emptyDrawing(ref);
    return isEmpty(drawing) ? drawing : changeInk(drawing, []);
  },
  undone: undo,
  redone: redo,
  renewed: (drawing, { ref }) => (isEmpty(drawing) && !drawing.past.length ? drawing : emptyDrawing(ref)),
  restored: (_, { drawing }) => drawing,
  sent: (drawing, { ref, revision, at }) =>
    ref === drawing.ref ? { ...drawing, sent: { revision, at } } : drawing,
  waited: (drawing, { ref, revision }) =>
    ref === drawing.ref ? { ...drawing, slow: revision } : drawing,
  retried: (drawing, { ref }) => (ref === drawing.ref ? withInk(drawing, drawing.strokes) : drawing),
  labelled,
  pictureChosen: (_, { ref, url, at }) => ({
    ...emptyDrawing(ref),
    revision: 1,
    picture: { url },
    sent: { revision: 1, at },
  }),
  pictureShown: (drawing, { ref, url }) => (ref === drawing.ref ? { ...drawing, picture: { url } } : drawing),
  pictureAccepted: (drawing, { ref, id }) => (ref === drawing.ref ? { ...drawing, id, queued: 1 } : drawing),
  pictureRefused: (drawing, { ref, code, detail }) =>
    ref === drawing.ref ? { ...drawing, problem: { revision: 1, code, detail } } : drawing,
};

function changeInk(drawing, strokes) {
  return withInk({ ...drawing, past: [...drawing.past, drawing.strokes], future: [] }, strokes);
}

/* Judged: the judgement is the last thing done, so it is what undo takes back. */
function undo(drawing, event) {
  if (drawing.label !== null) return labelled(drawing, { ...event, label: null });
  if (drawing.past.length === 0) return drawing;
  const past = drawing.past.slice(0, -1);
  return withInk({ ...drawing, past, future: [drawing.strokes, ...drawing.future] }, drawing.past.at(-1));
}

function redo(drawing) {
  if (drawing.future.length === 0 || drawing.label !== null) return drawing;
  const [strokes, ...future] = drawing.future;
  return withInk({ ...drawing, past: [...drawing.past, drawing.strokes], future }, strokes);
}

/* The same ink sent again is a revision too: the one before has had its answer, if only a failure. */
function withInk(drawing, strokes) {
  if (strokes.length === 0) return { ...drawing, strokes, answer: null, problem: null };
  return { ...drawing, strokes, revision: drawing.revision + 1, problem: null };
}

function labelled(drawing, { label }) {
  if (!canClaim(drawing) && label !== null) return drawing;
  const labelCount = drawing.labelCount + 1;
  return { ...drawing, label: label === drawing.label ? null : label, labelPending: true, labelCount };
}
