/* Keeps the recent drawings in sync with the server: lists them once, then fetches the ink of changed
   drawings. */
import { callApi } from "../../api.js";
import { MAX_RECENT, needsInk } from "../recent_drawings_reducer.js";
import { newRef } from "../uuid.js";

/** @typedef {Store<import("../page_state_reducer.js").DrawState>} DrawStore */

/** @param {DrawStore} store */
export function startRecentSync(store) {
  /** @type {Set<string>} */
  const fetching = new Set();
  store.subscribe((state, before, { message }) => {
    if (message?.type === "hello" && state.recent === null) fetchList(store);
    if (message?.type === "resumed" && !message.complete) fetchList(store);
    if (message?.type === "restored") fetchDrawing(store, fetching, message.id, { isRestored: true });
    if (state.recent === before.recent) return;
    for (const item of state.recent ?? []) {
      if (needsInk(item)) fetchDrawing(store, fetching, item.id);
    }
  });
}

/** @param {DrawStore} store */
async function fetchList(store) {
  const page = await callApi(`drawings/?limit=${MAX_RECENT}&strokes=true`).catch(() => null);
  if (page) store.dispatch({ type: "listed", drawings: page.results, at: performance.now(), ref: newRef() });
}

/**
 * @param {DrawStore} store
 * @param {Set<string>} fetching ids of the requests under way
 * @param {string} id
 * @param {{ isRestored?: boolean }} [options]
 */
async function fetchDrawing(store, fetching, id, { isRestored = false } = {}) {
  if (fetching.has(id)) return;
  fetching.add(id);
  try {
    const drawing = await callApi(`drawings/${id}/`);
    fetching.delete(id);
    store.dispatch({ type: "fetched", drawing, isRestored });
  } catch (error) {
    fetching.delete(id);
    const { status } = /** @type {import("../../api.js").ApiError} */ (error);
    if (status === 404) store.dispatch({ type: "missing", id });
  }
}
