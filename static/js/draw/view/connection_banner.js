/* The banner that reports a lost connection, with a button to reconnect. */
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
    const text = describeConnection(connection);
    if (text) part("line").textContent = text;
    part("again").hidden = !["lost", "too_many_connections", "too_many_guests"].includes(connection.name);
    if (!text) root.hidden = true;
    else timer = setTimeout(() => (root.hidden = false), SHOW_DELAY_MS);
  };
}
