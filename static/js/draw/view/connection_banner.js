/* The banner that reports a lost connection and the drawings that wait for it, with a button to reconnect. */
import { partsOf, setText } from "../../dom.js";
import { describeConnection } from "../drawing_page_texts.js";
import { listWaiting } from "../page_state_reducer.js";

const SHOW_DELAY_MS = 400; // a short interruption is not reported
/** @type {ConnectionName[]} */
const RETRIED = ["lost", "offline", "too_many_connections", "too_many_guests"];

/** @typedef {import("../page_state_reducer.js").DrawState} DrawState */

/** @param {HTMLElement} root */
export function createConnectionBanner(root) {
  const part = partsOf(root, "connection-");
  /** @type {ConnectionStatus} */
  let shown = { name: "open" };
  /** @type {number | undefined} */
  let timer;
  return (/** @type {DrawState} */ state, /** @type {DrawState | null} */ before) => {
    if (before && state.connection === before.connection && state.drawing === before.drawing && state.unsent === before.unsent) return;
    const isAttempt = state.connection.name === "connecting"; // neither a loss nor a success
    const isChanged = state.connection !== before?.connection && !isAttempt;
    if (isChanged) shown = state.connection;
    const numWaiting = listWaiting(state).length;
    setText(part("line"), describeConnection(shown, numWaiting));
    root.dataset.waiting = String(numWaiting);
    if (!isChanged) return;
    clearTimeout(timer);
    part("again").hidden = !RETRIED.includes(shown.name);
    if (!part("line").textContent) root.hidden = true;
    else timer = setTimeout(() => (root.hidden = false), SHOW_DELAY_MS);
  };
}
