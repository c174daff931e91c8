/* The whole state of the drawing page: (state, event) -> state, and the store that holds it. Pure
   but for the store's own list of listeners. */
import { blankBeside, hearBeside, reduceBeside } from "./side_by_side.js";
import { blankDrawing, isUnsaid, reduceDrawing } from "./drawing.js";
import { hearMessage } from "./server_events.js";
import { fetchedRecent, forgetRecent, hearRecent, inkRecent, listRecent } from "./recent.js";

const LIMITS = { strokes: 200, points: 5000 };

export function initialState(ref) {
  return {
    connection: { name: "connecting" },
    limits: LIMITS,
    drawing: blankDrawing(ref),
    left: [], // drawings no longer on the sheet of which something is still unsaid
    recent: null, // null until the first list has come
    early: [], // what was heard until then
    beside: blankBeside(),
  };
}

export function reduce(state, event) {
  switch (event.type) {
    case "connection":
      return { ...state, connection: event.status, beside: reduceBeside(state.beside, event) };
    case "message":
      return hear(state, event);
    case "listed":
      return list(state, event);
    case "fetched":
      return { ...state, recent: fetchedRecent(state.recent ?? [], event.drawing, event) };
    case "gone":
      return { ...state, recent: forgetRecent(state.recent ?? [], event.id) };
    case "besideNamed":
    case "besideSwitched":
    case "besideAsked":
    case "besideOverdue":
      return { ...state, beside: reduceBeside(state.beside, event) };
    default:
      return change(state, event);
  }
}

function change(state, event) {
  const drawing = reduceDrawing(state.drawing, event);
  if (event.type === "restored") return { ...state, drawing, left: event.left };
  const isLeft = drawing.ref !== state.drawing.ref && isUnsaid(state.drawing);
  const left = state.left.map((one) => reduceLeft(one, event));
  return { ...state, drawing, left: isLeft ? [...left, state.drawing] : left };
}

function reduceLeft(drawing, event) {
  return event.type === "sent" || event.type === "retried" ? reduceDrawing(drawing, event) : drawing;
}

/* The list may know more of the drawing on the sheet than this tab: it was asleep or reloaded. */
function list(state, { drawings, at, ref }) {
  const recent = state.early.reduce(hearRecent, listRecent(state.recent ?? [], drawings));
  const { id } = state.drawing;
  const stored = id && drawings.find((drawing) => drawing.id === id);
  if (!stored) return { ...state, recent, early: [] };
  const message = { ...stored, type: "drawing" };
  return { ...state, recent, early: [], drawing: hearMessage(state.drawing, { message, at, ref }) };
}

function hear(state, event) {
  const { message } = event;
  if (message.type === "hello") return { ...state, limits: { ...state.limits, ...message.limits } };
  if (message.type === "beside") return { ...state, beside: hearBeside(state.beside, message) };
  const drawing = hearMessage(state.drawing, event);
  const left = state.left.length ? state.left.map((one) => hearMessage(one, event)).filter(isUnsaid) : state.left;
  if (state.recent === null) return { ...state, drawing, left, early: [...state.early, message] };
  return { ...state, drawing, left, recent: inkRecent(hearRecent(state.recent, message), drawing) };
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
