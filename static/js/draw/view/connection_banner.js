/* The banner that reports a lost connection, with a button to reconnect or to sign in. */
import { partsOf } from "../../dom.js";
import { describeConnection } from "../drawing_page_texts.js";

const SHOW_DELAY_MS = 400; // a short interruption is not reported

/** @param {HTMLElement} root */
export function createConnectionBanner(root) {
  const part = partsOf(root, "connection-");
  /** @type {number | undefined} */
  let timer;
  /**
   * @param {{ connection: ConnectionStatus }} state
   * @param {{ connection: ConnectionStatus } | null} before
   */
  return ({ connection }, before) => {
    if (connection === before?.connection) return;
    if (connection.name === "connecting") return; // an attempt is neither a loss nor a success
    clearTimeout(timer);
    const isOpen = connection.name === "open";
    if (!isOpen) part("line").textContent = describeConnection(connection);
    part("again").hidden = !["lost", "too_many_connections"].includes(connection.name);
    part("login").hidden = connection.name !== "signed_out";
    if (isOpen) root.hidden = true;
    else timer = setTimeout(() => (root.hidden = false), SHOW_DELAY_MS);
  };
}
