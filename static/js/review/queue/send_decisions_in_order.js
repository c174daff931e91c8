/* Sends decisions one after the other, so that an undo never overtakes the decision it undoes, and
   loads items ahead. */
import { assignedIds, needsItem, newestUndoable } from "./review_state_reducer.js";

/** @typedef {import("./review_state_reducer.js").ReviewDecision} ReviewDecision */
/** @typedef {import("./review_state_reducer.js").ReviewState} ReviewState */

/**
 * @param {{ call: (path: string, options?: any) => Promise<any>, store: Store<ReviewState> }} options `call` is callApi
 */
export function createRequestQueue({ call, store }) {
  /** @type {Promise<void>} */
  let last = Promise.resolve();
  const enqueue = (/** @type {() => Promise<void>} */ request) => (last = last.then(request));

  const choose = (/** @type {ReviewChoice} */ choice) => {
    store.dispatch({ type: "chosen", choice });
    const [decision] = store.state.decisions;
    if (decision?.status === "sending" && decision.choice === choice) enqueue(() => sendDecision(decision));
    fetchAhead();
  };

  const sendDecision = async (/** @type {ReviewDecision} */ { item, choice, blind }) => {
    try {
      const body = { choice, lease: item.lease, blind };
      await call(`review/${item.id}/`, { method: "POST", body, keepalive: true });
      store.dispatch({ type: "saved", id: item.id });
    } catch (error) {
      store.dispatch({ type: "refused", item, choice, problem: problemOf(error) });
    }
    fetchAhead();
  };

  const undo = (id = newestUndoable(store.state)?.id) => {
    if (!id) return;
    store.dispatch({ type: "undoing", id });
    enqueue(() => sendUndo(id));
  };

  const sendUndo = async (/** @type {string} */ id) => {
    if (!store.state.decisions.some((one) => one.id === id)) return; // it was refused in the meantime
    try {
      const options = { method: "POST", body: { choice: "undo" }, keepalive: true };
      const { item } = await call(`review/${id}/`, options);
      store.dispatch({ type: "undone", id, item });
    } catch (error) {
      store.dispatch({ type: "undoFailed", id, problem: problemOf(error) });
    }
  };

  const fetchAhead = async () => {
    while (needsItem(store.state)) {
      const exclude = assignedIds(store.state).join(",");
      store.dispatch({ type: "fetching" });
      try {
        const response = await call(`review/next/${exclude && `?exclude=${exclude}`}`);
        store.dispatch({ type: "fetched", ...response });
      } catch (error) {
        store.dispatch({ type: "fetchFailed", problem: problemOf(error) });
      }
    }
  };

  return { choose, undo, fetchAhead };
}

/** @param {any} error an ApiError */
function problemOf({ code = "", message }) {
  return { code, text: message };
}
