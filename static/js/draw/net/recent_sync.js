/* Keeps the strip of latest drawings level with what is stored: lists once, then fetches the ink of
   what changed. */
import { callApi } from "../../api.js";
import { newRef } from "../uuid.js";
import { SHOWN, needsInk } from "../recent.js";

export function startRecentSync(store) {
  const fetching = new Set();
  store.subscribe((state, before, event) => {
    const { message } = event;
    if (message?.type === "hello" && state.recent === null) list(store);
    if (message?.type === "resumed" && !message.complete) list(store);
    if (message?.type === "restored") fetchDrawing(store, fetching, message);
    if (state.recent === before.recent) return;
    for (const item of state.recent ?? []) {
      if (needsInk(item)) fetchDrawing(store, fetching, item);
    }
  });
}

async function list(store) {
  const page = await callApi(`drawings/?limit=${SHOWN}`).catch(() => null);
  if (page) store.dispatch({ type: "listed", drawings: page.results, at: performance.now(), ref: newRef() });
}

async function fetchDrawing(store, fetching, { id, type }) {
  if (fetching.has(id)) return;
  fetching.add(id);
  try {
    const drawing = await callApi(`drawings/${id}/`);
    fetching.delete(id);
    store.dispatch({ type: "fetched", drawing, isBack: type === "restored" });
  } catch (problem) {
    fetching.delete(id);
    if (problem.status === 404) store.dispatch({ type: "gone", id });
  }
}
