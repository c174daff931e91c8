/* Sends the messages of the outbox and watches for their predictions: a slow one is shown as slow, a
   lost one is fetched. */
import { callApi } from "../../api.js";
import { isWaiting } from "../drawing_reducer.js";
import { unsentMessages } from "./unsent_messages.js";

/** @typedef {Store<import("../page_state_reducer.js").DrawState>} DrawStore */
/** @typedef {import("../../realtime/reconnecting_socket.js").ReconnectingSocket} Socket */

const SLOW_AFTER_MS = 1000;
const PREDICTION_TIMEOUT_MS = 5000;

/**
 * @param {DrawStore} store
 * @param {Socket} socket
 */
export function startSender(store, socket) {
  /** @type {Set<string>} */
  const sentKeys = new Set();
  store.subscribe((state, before) => {
    if (state.connection !== before.connection) sentKeys.clear();
    for (const { key, message } of unsentMessages(state, sentKeys, Date.now())) {
      if (sentKeys.has(key)) continue; // sent during the dispatch for an earlier message
      if (!socket.send(message)) return;
      sentKeys.add(key);
      if (message.type === "draw") watchPrediction(store, socket, message);
    }
  });
  store.subscribe((_state, _before, { message }) => {
    if (message?.type === "error" && message.ref && message.retry_after_s) scheduleRetry(store, message);
  });
}

/**
 * Retry after the pause that the server requested, with jitter so that clients do not all return in
 * the same instant.
 * @param {DrawStore} store
 * @param {ServerMessage} error
 */
function scheduleRetry(store, { ref, retry_after_s: pauseS }) {
  setTimeout(() => store.dispatch({ type: "retried", ref }), pauseS * 1000 * (1 + Math.random() / 2));
}

/**
 * Also for uploaded images, whose predictions arrive over the socket.
 * @param {DrawStore} store
 * @param {Socket} socket
 * @param {{ ref: string, revision: number }} sent
 */
export function watchPrediction(store, socket, { ref, revision }) {
  store.dispatch({ type: "sent", ref, revision, at: performance.now() });
  const isStillWaiting = () => {
    const { drawing } = store.state;
    return drawing.ref === ref && drawing.revision === revision && isWaiting(drawing);
  };
  setTimeout(() => isStillWaiting() && store.dispatch({ type: "predictionSlow", ref, revision }), SLOW_AFTER_MS);
  setTimeout(() => isStillWaiting() && recoverPrediction(store, socket), PREDICTION_TIMEOUT_MS);
}

/**
 * If the server has not confirmed the drawing, the connection is dead although it looks open:
 * reconnect. If it has, a message was lost: fetch the drawing.
 * @param {DrawStore} store
 * @param {Socket} socket
 */
async function recoverPrediction(store, socket) {
  const { drawing, connection } = store.state;
  if (connection.name !== "open" || (drawing.image && !drawing.id)) return;
  if (drawing.storedRevision < drawing.revision) {
    socket.connect();
    return;
  }
  const stored = await callApi(`drawings/${drawing.id}/`).catch(() => null);
  if (!stored) return;
  const { strokes: _strokes, ...message } = stored;
  store.dispatch({ type: "message", message: { type: "drawing", ...message }, at: performance.now(), ref: drawing.ref });
}
