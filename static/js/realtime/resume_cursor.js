/* How far this page has followed the stored changes, and from where it resumes. Pure.

   Cursors are opaque, and the events of two server processes can overtake each other by a little.
   So the page resumes from a few changes before the last one it saw: hearing one twice is harmless,
   missing one is not. */
const REMEMBERED = 8;

export const INITIAL_CURSOR = Object.freeze({ seen: [], resuming: false });

/* The state after a server message. While a resume runs, its events do not count: if the connection
   breaks in the middle, it starts from where it started. */
export function follow(state, message) {
  switch (message.type) {
    case "hello":
      return state.seen.length ? { ...state, resuming: true } : startAt(message.cursor);
    case "resumed":
      return startAt(message.cursor);
    default:
      return message.cursor === undefined || state.resuming ? state : seen(state, message.cursor);
  }
}

/* What to say after a hello: the cursor to resume from, or null on the first connection. */
export function resumePoint(state) {
  return state.seen.length ? state.seen[0] : null;
}

function startAt(cursor) {
  return { seen: [cursor], resuming: false };
}

function seen(state, cursor) {
  return { ...state, seen: [...state.seen, cursor].slice(-REMEMBERED) };
}
