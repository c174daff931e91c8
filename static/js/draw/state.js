/* The whole state of the drawing page: (state, event) -> state, and the store that holds it. Pure
   but for the store's own list of listeners. */
import { blankDrawing, reduceDrawing } from "./drawing.js";
import { hearMessage } from "./heard.js";
import { fetchedRecent, forgetRecent, hearRecent, inkRecent, listRecent } from "./recent.js";

const LIMITS = { strokes: 200, points: 5000 };

export function initialState(ref) {
  return {
    connection: { name: "connecting" },
    limits: LIMITS,
    drawing: blankDrawing(ref),
    recent: null, // null until the first list has come
  };
}

export function reduce(state, event) {
  switch (event.type) {
    case "connection":
      return { ...state, connection: event.status };
    case "message":
      return hear(state, event);
    case "listed":
      return list(state, event);
    case "fetched":
      return { ...state, recent: fetchedRecent(state.recent ?? [], event.drawing) };
    case "gone":
      return { ...state, recent: forgetRecent(state.recent ?? [], event.id) };
    default:
      return { ...state, drawing: reduceDrawing(state.drawing, event) };
  }
}

/* The list may know more of the drawing on the sheet than this tab: it was asleep or reloaded. */
function list(state, { drawings, at, ref }) {
  const recent = listRecent(state.recent ?? [], drawings);
  const { id } = state.drawing;
  const stored = id && drawings.find((drawing) => drawing.id === id);
  if (!stored) return { ...state, recent };
  const message = { ...stored, type: "drawing" };
  return { ...state, recent, drawing: hearMessage(state.drawing, { message, at, ref }) };
}

function hear(state, event) {
  const { message } = event;
  if (message.type === "hello") return { ...state, limits: { ...state.limits, ...message.limits } };
  const drawing = hearMessage(state.drawing, event);
  const heard = hearRecent(state.recent ?? [], message);
  return { ...state, drawing, recent: inkRecent(heard, drawing) };
}

export function createStore(state) {
  const listeners = [];
  return {
    get state() {
      return state;
    },
    dispatch(event) {
      const before = state;
      state = reduce(state, event);
      if (state !== before) for (const listener of listeners) listener(state, before, event);
    },
    subscribe(listener) {
      listeners.push(listener);
    },
  };
}
