/* Keyboard shortcuts of the review grid, apart from those that move in it. Pure. */
import { normalizeKey } from "../../key_press.js";

const FIELDS = new Set(["INPUT", "TEXTAREA", "SELECT"]);

/** @typedef {{ type: "clear" } | { type: "label", label: import("./new_labels.js").NewLabel }} Command */

/**
 * Return the command of a key press, or null. A key held down counts once.
 * @param {import("../../key_press.js").KeyPress} press
 * @param {{ tag?: string, singleKeys?: boolean }} [context] `tag` is the name of the focused element
 * @returns {Command | null}
 */
export function commandForKey(press, { tag = "BODY", singleKeys = true } = {}) {
  if (FIELDS.has(tag) || press.ctrlKey || press.metaKey || press.altKey || press.repeat) return null;
  const key = normalizeKey(press);
  if (key === "Escape") return { type: "clear" };
  if (!singleKeys) return null;
  if (/^[0-9]$/.test(key)) return { type: "label", label: Number(key) };
  return key === "n" ? { type: "label", label: "not_a_digit" } : null;
}
