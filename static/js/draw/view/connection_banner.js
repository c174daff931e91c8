/* A line that says when the connection is lost, and what to do about it. */
import { describeConnection } from "../text.js";

const PATIENCE_MS = 400; // a hiccup is not worth a word

export function createConnectionBanner(root) {
  const line = root.querySelector("[data-connection-line]");
  const [again, login] = ["again", "login"].map((name) => root.querySelector(`[data-connection-${name}]`));
  let timer = null;
  return ({ connection }, before) => {
    if (connection === before?.connection) return;
    if (connection.name === "connecting") return; // says nothing new: neither lost nor back
    clearTimeout(timer);
    const isOpen = connection.name === "open";
    if (!isOpen) line.textContent = describeConnection(connection);
    again.hidden = !["lost", "crowded"].includes(connection.name);
    login.hidden = connection.name !== "signed_out";
    if (isOpen) root.hidden = true;
    else timer = setTimeout(() => (root.hidden = false), PATIENCE_MS);
  };
}
