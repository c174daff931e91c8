/* Sends what was decided, one after the other and in that order, so that an undo never overtakes what
   it undoes; and fetches cards ahead. `call` is callApi. */
import { assignedIds, newestUndoable, needsItem } from "./state.js";

export function createRequestQueue({ call, store }) {
  let last = Promise.resolve();
  const next = (work) => (last = last.then(work));

  const decide = (decision) => {
    store.dispatch({ type: "decided", decision });
    const said = store.state.decided[0];
    if (said?.status === "sending" && said.decision === decision) next(() => sendDecision(said));
    fetchAhead();
  };

  const sendDecision = async ({ card, decision, blind }) => {
    const body = { decision, lease: card.lease, blind };
    try {
      await call(`review/${card.id}/`, { method: "POST", body });
      store.dispatch({ type: "kept", id: card.id });
    } catch (problem) {
      store.dispatch({ type: "refused", card, decision, problem: problemOf(problem) });
    }
    fetchAhead();
  };

  const undo = (id = newestUndoable(store.state)?.id) => {
    if (!id) return;
    store.dispatch({ type: "undoing", id });
    next(() => sendUndo(id));
  };

  const sendUndo = async (id) => {
    if (!store.state.decided.some((one) => one.id === id)) return; // it was refused meanwhile
    try {
      const { card } = await call(`review/${id}/`, { method: "POST", body: { decision: "undo" } });
      store.dispatch({ type: "undone", id, card });
    } catch (problem) {
      store.dispatch({ type: "undo_failed", id, problem: problemOf(problem) });
    }
  };

  const fetchAhead = async () => {
    while (needsItem(store.state)) {
      const besides = assignedIds(store.state).join(",");
      store.dispatch({ type: "fetching" });
      try {
        const found = await call(`review/next/${besides && `?besides=${besides}`}`);
        store.dispatch({ type: "fetched", ...found });
      } catch (problem) {
        store.dispatch({ type: "fetch_failed", problem: problemOf(problem) });
      }
    }
  };

  return { decide, undo, fetchAhead };
}

function problemOf({ code = "", message }) {
  return { code, text: message };
}
