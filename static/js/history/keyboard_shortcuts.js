/* Keyboard shortcuts of the history pages. Pure. */
import { ARROW_STEPS } from "../arrow_key_grid_navigation.js";
import { normalizeKey } from "../key_press.js";

const FIELDS = new Set(["INPUT", "TEXTAREA", "SELECT"]);
const ACTIVATED_BY_SPACE = new Set(["BUTTON", "A", "SUMMARY"]);

/** @typedef {{ type: "help" | "play" | "delete" }
 *   | { type: "move", columns: number, rows: number }
 *   | { type: "claim", claim: ClassLabel | null }} Command */

/**
 * Return the command of a key press, or null.
 * @param {import("../key_press.js").KeyPress} press
 * @param {{ tag?: string, isOnDrawing?: boolean, singleKeys?: boolean }} [context] `tag` is the name of
 *   the focused element; `isOnDrawing` is true if a drawing has the focus or is open
 * @returns {Command | null}
 */
export function commandForKey(press, { tag = "BODY", isOnDrawing = false, singleKeys = true } = {}) {
  if (FIELDS.has(tag) || press.ctrlKey || press.metaKey || press.altKey) return null;
  const key = normalizeKey(press);
  if (key === "?") return { type: "help" };
  if (ARROW_STEPS[key]) return { type: "move", ...ARROW_STEPS[key] };
  if (key === " " && !ACTIVATED_BY_SPACE.has(tag)) return { type: "play" };
  if (!isOnDrawing) return null;
  if (key === "Delete") return { type: "delete" };
  if (key === "Backspace") return { type: "claim", claim: null };
  if (!singleKeys) return null;
  if (/^[0-9]$/.test(key)) return { type: "claim", claim: Number(key) };
  return key === "x" ? { type: "claim", claim: "not_a_digit" } : null;
}
