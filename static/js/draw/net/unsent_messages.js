/* The messages that the server has to receive, derived from the state alone. Nothing is lost when the
   connection breaks: messages without a reply are sent again on the next connection. Pure. */
import { isWaiting } from "../drawing_reducer.js";

/** @typedef {import("../drawing_reducer.js").Drawing} Drawing */
/** @typedef {{ key: string, message: any }} OutgoingMessage */

/**
 * @param {Pick<import("../page_state_reducer.js").DrawState, "drawing" | "unsent" | "connection">} state
 * @param {Set<string>} sentKeys keys of the messages sent on this connection; empty on a new one
 * @returns {OutgoingMessage[]}
 */
export function unsentMessages({ drawing, unsent, connection }, sentKeys) {
  if (connection.name !== "open") return [];
  const messages = [...unsent, drawing].flatMap((one) => [drawMessage(one), claimMessage(one)]);
  return messages.filter((one) => one !== null).filter(({ key }) => !sentKeys.has(key));
}

/** @param {Drawing} drawing */
function drawMessage(drawing) {
  if (!isWaiting(drawing) || drawing.image) return null;
  const { ref, revision, strokes, pointer } = drawing;
  const message = { type: "draw", ref, revision, strokes, ...(pointer && { pointer }) };
  return { key: `draw ${ref} ${revision}`, message };
}

/** @param {Drawing} drawing */
function claimMessage({ id, claim, claimPending, claimCount }) {
  if (!claimPending || id === null) return null;
  return { key: `claim ${id} ${claimCount}`, message: { type: "claim", id, claim } };
}
