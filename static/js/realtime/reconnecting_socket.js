/* A websocket that reconnects after a loss and resumes at its last cursor. */
import { describeOtherUser, isSameUser, isStopped, onResume, pageUser, resume, stopForOtherUser, stopForSignOut } from "../page_user.js";
import { backoffMs } from "./backoff.js";
import { advanceCursor, INITIAL_CURSOR, resumePoint } from "./resume_cursor.js";

const CLOSE_SIGNED_OUT = 4401;
const CLOSE_TOO_MANY_CONNECTIONS = 4429;
/** @type {Record<number, ConnectionName>} */
const FINAL_CLOSE_CODES = { [CLOSE_SIGNED_OUT]: "signed_out", 4403: "forbidden", 4404: "not_found" };
const HELLO_TIMEOUT_MS = 8000;
const NEW_SESSION_DELAY_MS = 1000; // changing the password closes the socket before its response arrives

/** @typedef {import("../page_user.js").PageUser} PageUser */

/**
 * @typedef {object} Handlers
 * @property {(message: ServerMessage) => void} onMessage receives every server message
 * @property {(status: ConnectionStatus) => void} onStatus receives every change. "open" means that
 *   the server's hello has arrived and, after a loss, that the missed changes are requested. "lost"
 *   and "too_many_connections" are retried after retryInMs; the other names are final.
 */

/**
 * @typedef {object} SocketOptions
 * @property {string} url
 * @property {PageUser} [user] the user of the page; a socket of another user is closed
 * @property {() => boolean} [canSend] false while the page is stopped
 * @property {(url: string) => any} [makeSocket]
 * @property {() => number} [random]
 */

/**
 * @param {Pick<Location, "protocol" | "host">} location
 * @param {string} [path]
 */
export function socketUrl({ protocol, host }, path = "/ws/recognize/") {
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}${path}`;
}

export class ReconnectingSocket {
  /** @param {Handlers & SocketOptions} options */
  constructor({ url, user = { id: "", username: "" }, canSend = () => true, onMessage, onStatus, makeSocket = (to) => new WebSocket(to), random = Math.random }) {
    this.url = url;
    this.user = user;
    this.canSend = canSend;
    this.onMessage = onMessage;
    this.onStatus = onStatus;
    this.makeSocket = makeSocket;
    this.random = random;
    this.cursor = INITIAL_CURSOR;
    this.attempt = 0;
    /** @type {any} */
    this.socket = null;
    this.isOpen = false;
    this.mayBeSignedIn = false; // the socket was open after the last "signed out"
    this.retryAfterMs = 0; // requested by the server when there are too many connections
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  connect() {
    clearTimeout(this.timer);
    this.closeSocket();
    this.onStatus({ name: "connecting" });
    const socket = this.makeSocket(this.url);
    this.socket = socket;
    socket.onmessage = (/** @type {MessageEvent} */ event) => this.receive(JSON.parse(event.data));
    socket.onclose = (/** @type {CloseEvent} */ event) => this.handleClose(event.code);
    this.timer = setTimeout(() => this.handleClose(0), HELLO_TIMEOUT_MS);
  }

  /**
   * Return true if the message was handed to the connection. Delivery is not guaranteed: the caller sends it
   * again until it receives a reply.
   * @param {object} message
   */
  send(message) {
    if (!this.isOpen || !this.canSend()) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** @param {ServerMessage} message */
  receive(message) {
    if (message.type === "hello" && !isSameUser(this.user, message.user)) return this.refuse(message.user);
    this.cursor = advanceCursor(this.cursor, message);
    if (message.type === "hello") return this.handleHello(message);
    if (message.code === "rate_limited" && !this.isOpen) this.retryAfterMs = 1000 * (message.retry_after_s ?? 0);
    this.onMessage(message);
  }

  /**
   * The browser is signed in as another user: nothing of this page may be sent or shown.
   * @param {PageUser} user
   */
  refuse(user) {
    clearTimeout(this.timer);
    this.closeSocket();
    this.onStatus({ name: "other_user", user });
  }

  /** @param {ServerMessage} hello */
  handleHello(hello) {
    clearTimeout(this.timer);
    this.attempt = 0;
    this.isOpen = this.mayBeSignedIn = true;
    if (this.cursor.isResuming) this.send({ type: "resume", since: resumePoint(this.cursor), epoch: this.cursor.epoch });
    this.onMessage(hello);
    this.onStatus({ name: "open" });
  }

  /** @param {number} code 0 if there was no close frame */
  handleClose(code) {
    clearTimeout(this.timer);
    this.closeSocket();
    if (code === CLOSE_SIGNED_OUT && this.mayBeSignedIn) {
      this.mayBeSignedIn = false;
      this.retry("lost", NEW_SESSION_DELAY_MS);
    } else if (FINAL_CLOSE_CODES[code]) this.onStatus({ name: FINAL_CLOSE_CODES[code] });
    else if (code === CLOSE_TOO_MANY_CONNECTIONS) this.retry("too_many_connections", this.retryAfterMs);
    else this.retry("lost", 0);
  }

  /**
   * @param {ConnectionName} name
   * @param {number} minDelayMs
   */
  retry(name, minDelayMs) {
    const retryInMs = minDelayMs + backoffMs(this.attempt, this.random());
    this.attempt += 1;
    this.timer = setTimeout(() => this.connect(), retryInMs);
    this.onStatus({ name, retryInMs });
  }

  closeSocket() {
    this.isOpen = false;
    if (!this.socket) return;
    this.socket.onmessage = null;
    this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  /**
   * Reconnect now instead of after a timeout: the network was lost or is back.
   * @param {{ online?: boolean }} [network]
   */
  checkConnection({ online = true } = {}) {
    if (!online) this.handleClose(0);
    else if (!this.isOpen) this.connect();
  }
}

/**
 * Connect a socket that also follows the network events of the browser, and stop the page if its user is
 * not signed in.
 * @param {Handlers & { path?: string }} options
 */
export function openSocket(options) {
  const socket = createSocket(options);
  startSocket(socket);
  return socket;
}

/**
 * Return a socket that `startSocket` connects.
 * @param {Handlers & { path?: string }} options
 */
export function createSocket({ onMessage, onStatus, path }) {
  const followUser = (/** @type {ConnectionStatus} */ status) => {
    if (status.name === "open") resume();
    if (status.name === "signed_out") stopForSignOut();
    if (status.name === "other_user" && status.user) stopForOtherUser(describeOtherUser(status.user));
    onStatus(status);
  };
  const canSend = () => !isStopped();
  return new ReconnectingSocket({ url: socketUrl(location, path), canSend, onMessage, onStatus: followUser });
}

/**
 * Connect a socket for the user of the page.
 * @param {ReconnectingSocket} socket
 */
export function startSocket(socket) {
  socket.user = pageUser();
  onResume(() => socket.isOpen || socket.connect());
  addEventListener("offline", () => socket.checkConnection({ online: false }));
  addEventListener("online", () => socket.checkConnection());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) socket.checkConnection();
  });
  socket.connect();
}
