/* The whole state of the drawing page: (state, event) -> state, and the store that holds it. Pure
   but for the store's own list of listeners. */
import { initialSideBySide, applySideBySideMessage, reduceSideBySide } from "./side_by_side.js";
import { emptyDrawing, hasUnsentChanges, reduceDrawing } from "./drawing.js";
import { handleMessage } from "./server_events.js";
import { mergeFetched, removeRecent, applyRecentMessage, mergeInk, mergeList } from "./recent.js";

const LIMITS = { strokes: 200, points: 5000 };

export function initialState(ref) {
  return {
    connection: { name: "connecting" },
    limits: LIMITS,
    drawing: emptyDrawing(ref),
    left: [], // drawings no longer on the sheet of which something is still unsaid
    recent: null, // null until the first list has come
    early: [], // what was heard until then
    beside: initialSideBySide(),
  };
}

export function reduce(state, event) {
  switch (event.type) {
    case "connection":
      return { ...state, connection: event.status, beside: reduceSideBySide(state.beside, event) };
    case "message":
      return hear(state, event);
    case "listed":
      return list(state, event);
    case "fetched":
      return { ...state, recent: mergeFetched(state.recent ?? [], event.drawing, event) };
    case "gone":
      return { ...state, recent: removeRecent(state.recent ?? [], event.id) };
    case "sideBySideModelsSet":
    case "sideBySideSwitched":
    case "sideBySideRequested":
    case "sideBySideTimedOut":
      return { ...state, beside: reduceSideBySide(state.beside, event) };
    default:
      return change(state, event);
  }
}

function change(state, event) {
  const drawing = reduceDrawing(state.drawing, event);
  if (event.type === "restored") return { ...state, drawing, left: event.left };
  const isLeft = drawing.ref !== state.drawing.ref && hasUnsentChanges(state.drawing);
  const left = state.left.map((one) => reduceLeft(one, event));
  return { ...state, drawing, left: isLeft ? [...left, state.drawing] : left };
}

function reduceLeft(drawing, event) {
  return event.type === "sent" || event.type === "retried" ? reduceDrawing(drawing, event) : drawing;
}

/* The list may know more of the drawing on the sheet than this tab: it was asleep or reloaded. */
function list(state, { drawings, at, ref }) {
  const recent = state.early.reduce(applyRecentMessage, mergeList(state.recent ?? [], drawings));
  const { id } = state.drawing;
  const stored = id && drawings.find((drawing) => drawing.id === id);
  if (!stored) return { ...state, recent, early: [] };
  const message = { ...stored, type: "drawing" };
  return { ...state, recent, early: [], drawing: handleMessage(state.drawing, { message, at, ref }) };
}

function hear(state, event) {
  const { message } = event;
  if (message.type === "hello") return { ...state, limits: { ...state.limits, ...message.limits } };
  if (message.type === "beside") return { ...state, beside: applySideBySideMessage(state.beside, message) };
  const drawing = handleMessage(state.drawing, event);
  const left = state.left.length ? state.left.map((one) => handleMessage(one, event)).filter(hasUnsentChanges) : state.left;
  if (state.recent === null) return { ...state, drawing, left, early: [...state.early, message] };
  return { ...state, drawing, left, recent: mergeInk(applyRecentMessage(state.recent, message), drawing) };
}

export function createStore(state, reducer = reduce) {
  const listeners = [];
  return {
    get state() {
      return state;
    },
    dispatch(event) {
      const before = state;
      state = reducer(state, event);
      if (state !== before) for (const listener of listeners) listener(state, before, event);
    },
    subscribe(listener) {
      listeners.push(listener);
    },
  };
}
