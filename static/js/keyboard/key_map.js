/* The keyboard shortcuts of all pages: one map, so that a key does the same on each of them. Pure. */
import { ARROW_STEPS } from "../arrow_key_grid_navigation.js";
import { normalizeKey } from "./key_press.js";

/** @typedef {"draw" | "review" | "grid" | "history" | "challenge"} KeyPage */

/** @typedef {{ type: "label", label: ClassLabel }
 *   | { type: "move", columns: number, rows: number }
 *   | { type: "undo" | "redo" | "confirm" | "unlabel" | "skip" | "reveal" | "play" | "new" | "clear" | "upload" | "delete" | "help" }} KeyCommand */

/**
 * @typedef {object} Shortcut
 * @property {string[]} keys as normalizeKey returns them
 * @property {string[]} shown the keys in the help
 * @property {(key: string) => KeyCommand} command
 * @property {Partial<Record<KeyPage, string>>} texts the effect on each page that has it
 * @property {boolean} [needsDrawing] while a drawing is open, selected or has the focus
 * @property {boolean} [withControl] with Ctrl, or Cmd on Apple's systems
 * @property {boolean} [withShift] of those with Ctrl; all others ignore Shift
 * @property {boolean} [repeats] a key that is held down counts again and again
 */

/** @typedef {{ tagName: string, type?: string }} Focus the element that has the focus */
/** @typedef {{ focus?: Focus, hasDrawing?: boolean, singleKeys?: boolean }} KeyContext */

const HELP = "Show these shortcuts";

/** @type {Shortcut[]} */
export const KEY_MAP = [
  {
    keys: [..."0123456789"], shown: ["0", "…", "9"], needsDrawing: true,
    command: (key) => ({ type: "label", label: Number(key) }),
    texts: {
      draw: "Label the drawing (again: remove the label)", review: "Label the drawing",
      grid: "Label the selection, or the drawing with the focus", history: "Label the drawing",
    },
  },
  {
    keys: ["x"], shown: ["X"], needsDrawing: true,
    command: () => ({ type: "label", label: "not_a_digit" }),
    texts: { draw: "Not a digit", review: "Not a digit", grid: "Not a digit", history: "Not a digit" },
  },
  { keys: ["y", "Enter"], shown: ["Y", "Enter"], command: () => ({ type: "confirm" }), texts: { draw: "Confirm the prediction", challenge: "Send the drawing" } },
  {
    keys: ["Backspace"], shown: ["Backspace"], needsDrawing: true, command: () => ({ type: "unlabel" }),
    texts: { draw: "Remove the label", review: "Undo the last label", history: "Remove the label" },
  },
  { keys: ["s"], shown: ["S"], command: () => ({ type: "skip" }), texts: { review: "Skip: another reviewer decides", challenge: "Skip this digit" } },
  { keys: ["a"], shown: ["A"], command: () => ({ type: "reveal" }), texts: { review: "Show prediction and claim" } },
  { keys: [" "], shown: ["Space"], command: () => ({ type: "play" }), texts: { review: "Replay the drawing", history: "Replay the open drawing" } },
  { keys: ["n"], shown: ["N"], command: () => ({ type: "new" }), texts: { draw: "New drawing (this one is kept)", challenge: "Send the drawing" } },
  { keys: ["c"], shown: ["C"], command: () => ({ type: "clear" }), texts: { draw: "Clear (a drawing without a label is discarded)", challenge: "Clear" } },
  { keys: ["Escape"], shown: ["Esc"], command: () => ({ type: "clear" }), texts: { grid: "Clear the selection" } },
  { keys: ["u"], shown: ["U"], command: () => ({ type: "upload" }), texts: { draw: "Upload an image (Ctrl V pastes one)" } },
  {
    keys: ["z"], shown: ["Ctrl", "Z"], withControl: true, repeats: true, command: () => ({ type: "undo" }),
    texts: { draw: "Undo", challenge: "Undo", review: "Undo the last label", grid: "Undo the last label" },
  },
  {
    keys: ["z"], shown: ["Ctrl", "Shift", "Z"], withControl: true, withShift: true, repeats: true,
    command: () => ({ type: "redo" }), texts: { draw: "Redo" },
  },
  { keys: ["y"], shown: ["Ctrl", "Y"], withControl: true, repeats: true, command: () => ({ type: "redo" }), texts: { draw: "Redo" } },
  {
    keys: Object.keys(ARROW_STEPS), shown: ["←", "→", "↑", "↓"], repeats: true,
    command: (key) => ({ type: "move", ...ARROW_STEPS[key] }),
    texts: { grid: "Move (with Shift: extend the selection)", history: "Move between drawings" },
  },
  { keys: ["Delete"], shown: ["Delete"], needsDrawing: true, command: () => ({ type: "delete" }), texts: { history: "Delete the drawing" } },
  { keys: ["?"], shown: ["?"], command: () => ({ type: "help" }), texts: { draw: HELP, review: HELP, grid: HELP, history: HELP, challenge: HELP } },
];

/** Keys that the browser gives to an element with the focus. @type {Record<string, Set<string>>} */
const KEYS_OF_ELEMENT = {
  button: new Set(["Enter", " "]),
  radio: new Set(["Enter", " ", ...Object.keys(ARROW_STEPS)]),
  range: new Set(Object.keys(ARROW_STEPS)),
  none: new Set(),
};

/**
 * Return the command of a key press on a page, or null.
 * @param {KeyPage} page
 * @param {import("./key_press.js").KeyPress} press
 * @param {KeyContext} [context] `singleKeys` is false if keys of one character are turned off
 * @returns {KeyCommand | null}
 */
export function commandForKey(page, press, { focus = { tagName: "BODY" }, hasDrawing = true, singleKeys = true } = {}) {
  const kind = kindOfElement(focus);
  if (kind === "field" || press.altKey) return null;
  const key = normalizeKey(press);
  if (KEYS_OF_ELEMENT[kind].has(key) || (!singleKeys && isSingleKey(press, key))) return null;
  const found = KEY_MAP.find((shortcut) => page in shortcut.texts && isPressed(shortcut, press, key));
  if (!found || (found.needsDrawing && !hasDrawing) || (press.repeat && !found.repeats)) return null;
  return found.command(key);
}

/**
 * Return the shortcuts of a page for its help.
 * @param {KeyPage} page
 * @returns {{ shown: string[], text: string }[]}
 */
export function listShortcuts(page) {
  return KEY_MAP.flatMap(({ shown, texts }) => (texts[page] ? [{ shown, text: texts[page] }] : []));
}

/**
 * @param {Shortcut} shortcut
 * @param {import("./key_press.js").KeyPress} press
 * @param {string} key
 */
function isPressed({ keys, withControl = false, withShift = false }, { ctrlKey, metaKey, shiftKey }, key) {
  if (withControl !== Boolean(ctrlKey || metaKey) || !keys.includes(key)) return false;
  return !withControl || withShift === Boolean(shiftKey);
}

/**
 * True for a key that types a character. Space replays, and "?" opens the help that turns the others on.
 * @param {import("./key_press.js").KeyPress} press
 * @param {string} key
 */
function isSingleKey({ ctrlKey, metaKey }, key) {
  return key.length === 1 && key !== " " && key !== "?" && !ctrlKey && !metaKey;
}

/** @param {Focus} focus */
function kindOfElement({ tagName, type = "" }) {
  if (tagName === "TEXTAREA" || tagName === "SELECT") return "field";
  if (tagName === "BUTTON" || tagName === "A" || tagName === "SUMMARY") return "button";
  if (tagName !== "INPUT") return "none";
  if (type === "radio" || type === "range") return type;
  return ["checkbox", "button", "submit", "file"].includes(type) ? "button" : "field";
}
