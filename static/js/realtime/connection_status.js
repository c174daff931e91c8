/* The line of a page that reports a lost connection. */

/** @type {Partial<Record<ConnectionName, string>>} */
const TEXT = {
  lost: "Not connected. The page updates as soon as the connection is back.",
  too_many_connections: "Too many pages of this site are open. Close some of them to get live updates here.",
  forbidden: "You don't have permission to view this page.",
  not_found: "This page no longer exists.",
};

/**
 * Show the problem of the connection, or hide the line while the connection is open.
 * @param {HTMLElement} line
 * @param {ConnectionStatus} status
 */
export function showConnectionStatus(line, { name }) {
  if (name === "connecting") return; // keeps the last text, so that the line does not flicker
  line.textContent = TEXT[name] ?? "";
  line.hidden = line.textContent === "";
}
