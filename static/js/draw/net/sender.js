/* Sends what is owed, and watches over the answers: late ones are shown as late, lost ones asked
   for again. */
import { callApi } from "../../api.js";
import { isWaiting } from "../drawing.js";
import { unsentMessages } from "./outbox.js";

const SLOW_AFTER_MS = 1000;
const PREDICTION_TIMEOUT_MS = 5000;

export function startSender(store, socket) {
  const told = new Set();
  store.subscribe((state, before) => {
    if (state.connection !== before.connection) told.clear();
    for (const { key, message } of unsentMessages(state, told)) {
      if (!socket.send(message)) return;
      told.add(key);
      if (message.type === "draw") watchPrediction(store, socket, message);
    }
  });
  store.subscribe((_, __, { message }) => {
    if (message?.type === "error" && message.ref && message.retry_after_s) scheduleRetry(store, message);
  });
}

/* The server asked for a pause; a little more of it spreads what comes back at once. */
function scheduleRetry(store, { ref, retry_after_s: pauseS }) {
  setTimeout(() => store.dispatch({ type: "retried", ref }), pauseS * 1000 * (1 + Math.random() / 2));
}

/* Also for a picture, which goes another way but is answered on this one. */
export function watchPrediction(store, socket, { ref, revision }) {
  store.dispatch({ type: "sent", ref, revision, at: performance.now() });
  const isStillWaiting = () => {
    const { drawing } = store.state;
    return drawing.ref === ref && drawing.revision === revision && isWaiting(drawing);
  };
  setTimeout(() => isStillWaiting() && store.dispatch({ type: "waited", ref, revision }), SLOW_AFTER_MS);
  setTimeout(() => isStillWaiting() && recoverPrediction(store, socket), PREDICTION_TIMEOUT_MS);
}

/* Not even stored: the connection is dead though it looks alive. Stored: a message went astray, and
   messages are only hints; the drawing itself can be fetched. */
async function recoverPrediction(store, socket) {
  const { drawing, connection } = store.state;
  if (connection.name !== "open" || (drawing.picture && !drawing.id)) return;
  if (drawing.queued < drawing.revision) {
    socket.connect();
    return;
  }
  const stored = await callApi(`drawings/${drawing.id}/`).catch(() => null);
  if (!stored) return;
  const { strokes, ...message } = stored;
  store.dispatch({ type: "message", message: { type: "drawing", ...message }, at: performance.now(), ref: drawing.ref });
}
