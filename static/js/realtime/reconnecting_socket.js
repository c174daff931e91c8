/* The live connection: connects, resumes where it was, comes back when it is lost.

   onMessage(message) gets every server message, onStatus({ name, retryInMs? }) every change:
   connecting, open, lost, crowded (these two try again in retryInMs), signed_out, refused, gone. `open` means
   the server's hello has come and, after a loss, that the missed changes were asked for. */
import { backoffMs } from "./backoff.js";
import { follow, INITIAL_CURSOR, resumePoint } from "./resume_cursor.js";

const SIGNED_OUT = 4401;
const CROWDED = 4429;
const FINAL_CLOSES = { [SIGNED_OUT]: "signed_out", 4403: "refused", 4404: "gone" };
const HELLO_WITHIN_MS = 8000;
const NEW_SESSION_WITHIN_MS = 1000; // a new password closes the sockets before its answer has come

export function socketUrl(location, path = "/ws/recognize/") {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`;
}

export class ReconnectingSocket {
  constructor({ url, onMessage, onStatus, makeSocket = (to) => new WebSocket(to), random = Math.random }) {
    Object.assign(this, { url, onMessage, onStatus, makeSocket, random });
    this.followed = INITIAL_CURSOR;
    this.attempt = 0;
    this.socket = null;
    this.isOpen = false;
    this.mayBeSignedIn = false; // it was open since it was last told otherwise
    this.restMs = 0; // what the server asked for where it is crowded
    this.timer = null;
  }

  connect() {
    clearTimeout(this.timer);
    this.drop();
    this.onStatus({ name: "connecting" });
    const socket = this.makeSocket(this.url);
    this.socket = socket;
    socket.onmessage = (event) => this.receive(JSON.parse(event.data));
    socket.onclose = (event) => this.lose(event.code);
    this.timer = setTimeout(() => this.lose(0), HELLO_WITHIN_MS);
  }

  /* True when it was handed to the connection; what matters is sent again until it is answered. */
  send(message) {
    if (!this.isOpen) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  receive(message) {
    this.followed = follow(this.followed, message);
    if (message.type === "hello") return this.open(message);
    if (message.code === "too_many" && !this.isOpen) this.restMs = 1000 * (message.retry_after_s ?? 0);
    this.onMessage(message);
  }

  open(hello) {
    clearTimeout(this.timer);
    this.attempt = 0;
    this.isOpen = this.mayBeSignedIn = true;
    if (this.followed.resuming) this.send({ type: "resume", since: resumePoint(this.followed) });
    this.onMessage(hello);
    this.onStatus({ name: "open" });
  }

  lose(code) {
    clearTimeout(this.timer);
    this.drop();
    if (code === SIGNED_OUT && this.mayBeSignedIn) {
      this.mayBeSignedIn = false;
      this.retry("lost", NEW_SESSION_WITHIN_MS);
    } else if (FINAL_CLOSES[code]) this.onStatus({ name: FINAL_CLOSES[code] });
    else if (code === CROWDED) this.retry("crowded", this.restMs);
    else this.retry("lost", 0);
  }

  retry(name, atLeastMs) {
    const retryInMs = atLeastMs + backoffMs(this.attempt, this.random());
    this.attempt += 1;
    this.timer = setTimeout(() => this.connect(), retryInMs);
    this.onStatus({ name, retryInMs });
  }

  drop() {
    this.isOpen = false;
    if (!this.socket) return;
    this.socket.onmessage = null;
    this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  /* The network went away or came back, or an answer is overdue: do not wait for a time-out. */
  checkConnection({ online = true } = {}) {
    if (!online) this.lose(0);
    else if (!this.isOpen) this.connect();
  }
}

/* A connected socket that also heeds the browser's word about the network. */
export function openSocket({ onMessage, onStatus, path }) {
  const socket = new ReconnectingSocket({ url: socketUrl(location, path), onMessage, onStatus });
  addEventListener("offline", () => socket.checkConnection({ online: false }));
  addEventListener("online", () => socket.checkConnection());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) socket.checkConnection();
  });
  addEventListener("pageshow", (event) => event.persisted && socket.connect());
  socket.connect();
  return socket;
}
