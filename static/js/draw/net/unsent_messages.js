/* The messages that the server has to receive, derived from the state alone. Nothing is lost when the
   connection breaks: messages without a reply are sent again on the next connection. Pure. */
import { isWaiting } from "../drawing_reducer.js";

/** @typedef {import("../drawing_reducer.js").Drawing} Drawing */
/** @typedef {{ key: string, message: any }} OutgoingMessage */

const MIN_AGE_MS = 1000; // a drawing that is sent while it is drawn has no age

/**
 * @param {Pick<import("../page_state_reducer.js").DrawState, "drawing" | "unsent" | "connection">} state
 * @param {Set<string>} sentKeys keys of the messages sent on this connection; empty on a new one
 * @param {number} [now] milliseconds since 1970
 * @returns {OutgoingMessage[]}
 */
export function unsentMessages({ drawing, unsent, connection }, sentKeys, now = 0) {
  if (connection.name !== "open") return [];
  const messages = [...unsent, drawing].flatMap((one) => [drawMessage(one, now), claimMessage(one)]);
  return messages.filter((one) => one !== null).filter(({ key }) => !sentKeys.has(key));
}

/**
 * @param {Drawing} drawing
 * @param {number} now
 */
function drawMessage(drawing, now) {
  if (!isWaiting(drawing) || drawing.image) return null;
  const { ref, revision, strokes, pointer } = drawing;
  const age = ageOf(drawing, now);
  const message = { type: "draw", ref, revision, strokes, ...(pointer && { pointer }), ...(age && { age_ms: age }) };
  return { key: `draw ${ref} ${revision}`, message };
}

/**
 * Return how long ago a drawing that the server lacks was drawn, in milliseconds. Ages do not depend on
 * the clock of the device being right.
 * @param {Drawing} drawing
 * @param {number} now
 */
function ageOf({ drawnAt, storedRevision }, now) {
  const age = drawnAt === null || storedRevision > 0 ? 0 : now - drawnAt;
  return age >= MIN_AGE_MS ? age : 0;
}

/** @param {Drawing} drawing */
function claimMessage({ id, claim, claimPending, claimCount }) {
  if (!claimPending || id === null) return null;
  return { key: `claim ${id} ${claimCount}`, message: { type: "claim", id, claim } };
}
