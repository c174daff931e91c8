/* The position in the stream of stored changes from which a page resumes. Pure.

   Cursors are opaque, and events of two server processes can arrive slightly out of order. A page
   therefore resumes a few changes before the last one it received: receiving one twice is harmless,
   missing one is not. */
const NUM_REMEMBERED = 8;

/** @typedef {{ recent: any[], isResuming: boolean, epoch?: string }} Cursor an epoch ends when the database is restored */

/** @type {Readonly<Cursor>} */
export const INITIAL_CURSOR = Object.freeze({ recent: [], isResuming: false });

/**
 * Return the cursor after a server message. Events of a running resume do not count: if the
 * connection breaks in between, the next resume starts from the same place.
 * @param {Readonly<Cursor>} cursor
 * @param {ServerMessage} message
 */
export function advanceCursor(cursor, message) {
  switch (message.type) {
    case "hello":
      return cursor.recent.length ? { ...cursor, isResuming: true } : startAt(message);
    case "resumed":
      return startAt(message);
    default:
      return message.cursor === undefined || cursor.isResuming ? cursor : remember(cursor, message.cursor);
  }
}

/**
 * Return the value to resume from, or null on the first connection.
 * @param {Readonly<Cursor>} cursor
 */
export function resumePoint(cursor) {
  return cursor.recent.length ? cursor.recent[0] : null;
}

/** @param {ServerMessage} message */
function startAt({ cursor, epoch }) {
  return { recent: [cursor], isResuming: false, epoch };
}

/**
 * @param {Readonly<Cursor>} cursor
 * @param {any} value
 */
function remember(cursor, value) {
  return { ...cursor, recent: [...cursor.recent, value].slice(-NUM_REMEMBERED) };
}
