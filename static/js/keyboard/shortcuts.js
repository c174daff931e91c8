/* Attaches the shortcuts of a page, their help and the switch of the keys of one character. */
import { html, partsOf, targetOf } from "../dom.js";
import { loadSingleKeys, saveSingleKeys } from "../preferences.js";
import { commandForKey, listShortcuts } from "./key_map.js";

/** @typedef {import("./key_map.js").KeyPage} KeyPage */

/**
 * Run the command of each key press. `run` returns false if there was nothing to do: then the browser
 * gets the key. The help opens without `run`.
 * @param {KeyPage} page
 * @param {(command: any, event: KeyboardEvent) => unknown} run
 * @param {{ hasDrawing?: () => boolean, isBlocked?: () => boolean }} [state] shortcuts are blocked while
 *   a dialog is open, unless `isBlocked` decides
 */
export function attachShortcuts(page, run, { hasDrawing = () => true, isBlocked = isDialogOpen } = {}) {
  const showHelp = attachHelp(page);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isBlocked()) return;
    const context = { focus: targetOf(event), hasDrawing: hasDrawing(), singleKeys: loadSingleKeys() };
    const command = commandForKey(page, event, context);
    if (!command) return;
    const isDone = command.type === "help" ? showHelp() : run(command, event);
    if (isDone !== false) event.preventDefault();
  });
}

function isDialogOpen() {
  return document.querySelector("dialog[open]") !== null;
}

/**
 * Fill the help dialog (templates/partials/shortcuts.html) and return a function that opens it.
 * @param {KeyPage} page
 */
function attachHelp(page) {
  const part = partsOf(document, "shortcut-");
  /** @type {HTMLDialogElement} */
  const dialog = part("dialog");
  part("list").replaceChildren(...listShortcuts(page).map(renderShortcut));
  const singleKeys = part("single-keys");
  singleKeys.checked = loadSingleKeys();
  singleKeys.addEventListener("change", () => saveSingleKeys(singleKeys.checked));
  const open = () => dialog.showModal();
  const button = part("help");
  if (button) button.hidden = false;
  button?.addEventListener("click", open);
  return open;
}

/** @param {{ shown: string[], text: string }} shortcut */
function renderShortcut({ shown, text }) {
  const keys = shown.flatMap((key) => [key === "…" ? key : html("kbd", {}, key), " "]);
  return html("div", {}, html("dt", {}, ...keys), html("dd", {}, text));
}
