/* The state of the drawing page: (state, event) -> state. Pure. */
import { emptyDrawing, hasUnsentChanges, isEmpty, reduceDrawing } from "./drawing_reducer.js";
import { applyRecentMessage, mergeFetched, mergeInk, mergeList, removeRecent } from "./recent_drawings_reducer.js";
import { handleMessage } from "./apply_server_message.js";
import { followSplit, notePartSent, splitDrawing, updateParts } from "./split_reducer.js";
import { applySideBySideMessage, initialSideBySide, reduceSideBySide } from "./side_by_side_state.js";

const DEFAULT_LIMITS = { strokes: 200, points: 5000 };

/** @typedef {{ model: string, browser: { url: string, sha256: string } | null }} Champion */

/**
 * @typedef {object} Preview
 * @property {{ ref: string, revision: number }} key the drawing; an unfinished stroke counts as a revision
 * @property {import("../inference/network.js").LocalPrediction} prediction
 */

/**
 * @typedef {object} DrawState
 * @property {ConnectionStatus} connection
 * @property {{ strokes: number, points: number }} limits of one drawing
 * @property {import("./drawing_reducer.js").Drawing} drawing
 * @property {import("./drawing_reducer.js").Drawing[]} unsent earlier drawings with changes that the server lacks
 * @property {import("./split_reducer.js").Parts | null} parts of a drawing that was split
 * @property {import("./recent_drawings_reducer.js").RecentItem[] | null} recent null until the first list has arrived
 * @property {ServerMessage[]} early messages that arrived before the first list
 * @property {import("./side_by_side_state.js").SideBySide} sideBySide
 * @property {Champion | null} champion
 * @property {Preview | null} preview the newest prediction of this browser
 */

/**
 * @param {string} ref
 * @returns {DrawState}
 */
export function initialState(ref) {
  return {
    connection: { name: "connecting" },
    limits: DEFAULT_LIMITS,
    drawing: emptyDrawing(ref),
    unsent: [],
    parts: null,
    recent: null,
    early: [],
    sideBySide: initialSideBySide(),
    champion: null,
    preview: null,
  };
}

/**
 * Return the preview if the server has not predicted this ink yet, otherwise null.
 * @param {DrawState} state
 */
export function currentPreview({ drawing, preview }) {
  if (preview?.key.ref !== drawing.ref) return null;
  const { revision } = preview.key;
  const isOfThisInk = revision > drawing.revision || (revision === drawing.revision && drawing.strokes.length > 0);
  return isOfThisInk && revision > (drawing.prediction?.revision ?? 0) ? preview.prediction : null;
}

/**
 * @param {DrawState} state
 * @param {any} event
 * @returns {DrawState}
 */
export function reduce(state, event) {
  switch (event.type) {
    case "connection":
      return { ...state, connection: event.status, sideBySide: reduceSideBySide(state.sideBySide, event) };
    case "message":
      return applyMessage(state, event);
    case "previewed":
      return { ...state, preview: { key: event.key, prediction: event.prediction } };
    case "strokeDiscarded":
      return { ...state, preview: null };
    case "split":
      return splitDrawing(state, event);
    case "kept":
      return { ...state, unsent: [...state.unsent, event.drawing] };
    case "unsentFound":
      return addUnsent(state, event.drawings);
    case "listed":
      return applyList(state, event);
    case "fetched":
      return { ...state, recent: mergeFetched(state.recent ?? [], event.drawing, event) };
    case "missing":
      return { ...state, recent: removeRecent(state.recent ?? [], event.id) };
    case "sideBySideModelsSet":
    case "sideBySideSwitched":
    case "sideBySideRequested":
    case "sideBySideTimedOut":
      return { ...state, sideBySide: reduceSideBySide(state.sideBySide, event) };
    default:
      return applyUserEvent(state, event);
  }
}

/**
 * @param {DrawState} state
 * @param {any} event
 */
function applyUserEvent(state, event) {
  const drawing = reduceDrawing(state.drawing, event);
  const isReplaced = drawing.ref !== state.drawing.ref;
  const unsent = state.unsent.map((one) => reduceUnsent(one, event));
  const isKept = isReplaced && hasUnsentChanges(state.drawing) && !isDiscarded(state, event);
  const next = { ...state, drawing, unsent: isKept ? [...unsent, state.drawing] : unsent };
  return followSplit(state, notePartSent(next, event), event);
}

/**
 * True if the event discards the drawing on the canvas: it is cleared and has no label.
 * @param {DrawState} state
 * @param {{ type: string }} event
 */
export function isDiscarded({ drawing }, { type }) {
  return type === "cleared" && drawing.claim === null && !isEmpty(drawing);
}

/**
 * @param {import("./drawing_reducer.js").Drawing} drawing
 * @param {any} event
 */
function reduceUnsent(drawing, event) {
  return event.type === "sent" || event.type === "retried" ? reduceDrawing(drawing, event) : drawing;
}

/**
 * Add drawings of a closed tab.
 * @param {DrawState} state
 * @param {import("./drawing_reducer.js").Drawing[]} drawings
 */
function addUnsent(state, drawings) {
  const known = new Set([state.drawing, ...state.unsent].map(({ ref }) => ref));
  return { ...state, unsent: [...state.unsent, ...drawings.filter(({ ref }) => !known.has(ref))] };
}

/**
 * Return the drawings with changes that the server lacks.
 * @param {Pick<DrawState, "drawing" | "unsent">} state
 */
export function listWaiting({ drawing, unsent }) {
  return [drawing, ...unsent].filter(hasUnsentChanges);
}

/**
 * The list may have newer data of the drawing on the canvas, if this tab was asleep or reloaded.
 * @param {DrawState} state
 * @param {{ drawings: ApiDrawing[], at: number, ref: string }} event
 */
function applyList(state, { drawings, at, ref }) {
  const recent = state.early.reduce(applyRecentMessage, mergeList(state.recent ?? [], drawings));
  const { id } = state.drawing;
  const stored = id && drawings.find((drawing) => drawing.id === id);
  if (!stored) return { ...state, recent, early: [] };
  const message = { ...stored, type: "drawing" };
  return { ...state, recent, early: [], drawing: handleMessage(state.drawing, { message, at, ref }) };
}

/**
 * @param {DrawState} state
 * @param {import("./apply_server_message.js").MessageEvent} event
 */
function applyMessage(state, event) {
  const { message } = event;
  if (message.type === "hello") {
    return { ...state, limits: { ...state.limits, ...message.limits }, champion: message.champion ?? null };
  }
  if (message.type === "champion") return { ...state, champion: message.champion };
  if (message.type === "side_by_side") return { ...state, sideBySide: applySideBySideMessage(state.sideBySide, message) };
  const drawing = handleMessage(state.drawing, event);
  const unsent = state.unsent.length ? state.unsent.map((one) => handleMessage(one, event)).filter(hasUnsentChanges) : state.unsent;
  const next = updateParts({ ...state, drawing, unsent }, (one) => handleMessage(one, event));
  if (state.recent === null) return { ...next, early: [...state.early, message] };
  return { ...next, recent: mergeInk(applyRecentMessage(state.recent, message), drawing) };
}
