/* Keyboard shortcuts of the review page. Pure. */
import { normalizeKey } from "../../key_press.js";

const FIELDS = new Set(["TEXTAREA", "SELECT"]);
const ACTIVATED_BY_SPACE = new Set(["BUTTON", "A", "SUMMARY", "INPUT"]);

/** @typedef {{ type: "help" | "undo" | "play" | "reveal" } | { type: "choose", choice: ReviewChoice }} Command */

/** @type {Record<string, Command>} */
const SINGLE_KEYS = {
  n: { type: "choose", choice: "not_a_digit" },
  s: { type: "choose", choice: "skip" },
  a: { type: "reveal" },
};

/**
 * Return the command of a key press, or null. A key held down counts once.
 * @param {import("../../key_press.js").KeyPress} press
 * @param {{ tag?: string, singleKeys?: boolean }} [context] `tag` is the name of the focused element
 * @returns {Command | null}
 */
export function commandForKey(press, { tag = "BODY", singleKeys = true } = {}) {
  if (FIELDS.has(tag) || press.ctrlKey || press.metaKey || press.altKey || press.repeat) return null;
  const key = normalizeKey(press);
  if (key === "?") return { type: "help" };
  if (key === "Backspace") return { type: "undo" };
  if (key === " ") return ACTIVATED_BY_SPACE.has(tag) ? null : { type: "play" };
  if (!singleKeys) return null;
  if (/^[0-9]$/.test(key)) return { type: "choose", choice: Number(key) };
  return SINGLE_KEYS[key] ?? null;
}
