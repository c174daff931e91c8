/* The connection of the drawing page. Without a user, it starts with the first drawing. */
import { requirePageUser } from "../../guest.js";
import { pageUser } from "../../page_user.js";
import { backoffMs } from "../../realtime/backoff.js";
import { startSocket } from "../../realtime/reconnecting_socket.js";

/** @typedef {import("../page_state_reducer.js").DrawState} DrawState */
/** @typedef {Store<DrawState>} DrawStore */
/** @typedef {import("../../realtime/reconnecting_socket.js").ReconnectingSocket} Socket */

const FORBIDDEN_STATUS = 403;

/**
 * Connect now, or create a guest and connect once there is a drawing.
 * @param {DrawStore} store
 * @param {Socket} socket
 * @returns {{ connect: () => void }} connects, or retries, immediately
 */
export function startConnection(store, socket) {
  if (pageUser().id) {
    startSocket(socket);
    return { connect: () => socket.connect() };
  }
  const guest = new GuestConnection(store, socket);
  const startWithDrawing = (/** @type {DrawState} */ { drawing, unsent }) => {
    if (drawing.strokes.length > 0 || drawing.image || unsent.length > 0) guest.start();
  };
  store.subscribe(startWithDrawing);
  startWithDrawing(store.state); // the drawing of before a reload
  return { connect: () => guest.connect() };
}

class GuestConnection {
  /**
   * @param {DrawStore} store
   * @param {Socket} socket
   */
  constructor(store, socket) {
    this.store = store;
    this.socket = socket;
    this.isStarted = false;
    this.attempt = 0;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  start() {
    if (this.isStarted) return;
    this.isStarted = true;
    addEventListener("online", () => pageUser().id || this.connect());
    this.connect();
  }

  async connect() {
    clearTimeout(this.timer);
    if (pageUser().id) return this.socket.connect();
    try {
      await requirePageUser();
      startSocket(this.socket);
    } catch (error) {
      this.handleError(/** @type {import("../../api.js").ApiError} */ (error));
    }
  }

  /** @param {import("../../api.js").ApiError} error */
  handleError({ status, retryAfterS }) {
    if (status === FORBIDDEN_STATUS) {
      this.store.dispatch({ type: "connection", status: { name: "forbidden" } });
      return;
    }
    const retryInMs = Math.max(1000 * (retryAfterS ?? 0), backoffMs(this.attempt, Math.random()));
    this.attempt += 1;
    this.timer = setTimeout(() => this.connect(), retryInMs);
    this.store.dispatch({ type: "connection", status: { name: retryAfterS ? "too_many_guests" : "lost", retryInMs } });
  }
}
