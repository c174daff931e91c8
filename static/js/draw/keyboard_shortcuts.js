/* Keyboard shortcuts of the drawing page. */
import { targetOf } from "../dom.js";
import { normalizeKey } from "../key_press.js";
import { loadSingleKeys } from "../preferences.js";

/** @typedef {{ type: string, claim?: ClassLabel }} Command */

/** @type {Record<string, Command>} */
const SINGLE_KEYS = {
  c: { type: "clear" },
  n: { type: "new" },
  y: { type: "confirm" },
  Enter: { type: "confirm" },
  x: { type: "claim", claim: "not_a_digit" },
  u: { type: "upload" },
  "?": { type: "help" },
};
const FIELDS = new Set(["INPUT", "TEXTAREA", "SELECT"]);
const ACTIVATED_BY_ENTER = new Set(["BUTTON", "A", "SUMMARY"]);

/**
 * Return the command of a key press, or null. Pure.
 * @param {import("../key_press.js").KeyPress} press
 * @param {string} [tag] name of the focused element
 * @param {{ singleKeys?: boolean }} [options]
 * @returns {Command | null}
 */
export function commandForKey(press, tag = "BODY", { singleKeys = true } = {}) {
  if (FIELDS.has(tag) || press.altKey) return null;
  const key = normalizeKey(press);
  if (press.ctrlKey || press.metaKey) return controlCommand(key, press.shiftKey === true);
  if (!singleKeys && key !== "?") return null;
  if (key === "Enter" && ACTIVATED_BY_ENTER.has(tag)) return null;
  if (/^[0-9]$/.test(key)) return { type: "claim", claim: Number(key) };
  return SINGLE_KEYS[key] ?? null;
}

/**
 * @param {string} key
 * @param {boolean} isShifted
 */
function controlCommand(key, isShifted) {
  if (key === "z") return { type: isShifted ? "redo" : "undo" };
  return key === "y" ? { type: "redo" } : null;
}

/**
 * Run the command of each key press, unless a dialog is open.
 * @param {(command: Command) => void} run
 */
export function attachShortcuts(run) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || (event.repeat && !event.ctrlKey)) return;
    if (document.querySelector("dialog[open]")) return;
    const command = commandForKey(event, targetOf(event).tagName, { singleKeys: loadSingleKeys() });
    if (!command) return;
    event.preventDefault();
    run(command);
  });
}
