/* Keyboard shortcuts of the review page. Pure. */
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
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "repeat">} press
 * @param {{ tag?: string, singleKeys?: boolean }} [context] `tag` is the name of the focused element
 * @returns {Command | null}
 */
export function commandForKey(press, { tag = "BODY", singleKeys = true } = {}) {
  if (FIELDS.has(tag) || press.ctrlKey || press.metaKey || press.altKey || press.repeat) return null;
  if (press.key === "?") return { type: "help" };
  if (press.key === "Backspace") return { type: "undo" };
  if (press.key === " ") return ACTIVATED_BY_SPACE.has(tag) ? null : { type: "play" };
  if (!singleKeys) return null;
  if (/^[0-9]$/.test(press.key)) return { type: "choose", choice: Number(press.key) };
  return SINGLE_KEYS[press.key.toLowerCase()] ?? null;
}
