/* What keys mean in the history. Pure. */
const FIELDS = new Set(["INPUT", "TEXTAREA", "SELECT"]);
const PRESSED = new Set(["BUTTON", "A", "SUMMARY"]); // have their own use for Space and Enter
const ARROWS = {
  ArrowLeft: { columns: -1, rows: 0 },
  ArrowRight: { columns: 1, rows: 0 },
  ArrowUp: { columns: 0, rows: -1 },
  ArrowDown: { columns: 0, rows: 1 },
};

/* The command of a key press, or null. press: { key, ctrlKey, metaKey, altKey }; tag: the name of the
   focused element; isOnDrawing: a drawing has the focus or is open. */
export function commandForKey(press, { tag = "BODY", isOnDrawing = false, singleKeys = true } = {}) {
  if (FIELDS.has(tag) || press.ctrlKey || press.metaKey || press.altKey) return null;
  if (press.key === "?") return { type: "help" };
  if (ARROWS[press.key]) return { type: "move", ...ARROWS[press.key] };
  if (press.key === " " && !PRESSED.has(tag)) return { type: "play" };
  if (!isOnDrawing) return null;
  if (press.key === "Delete") return { type: "delete" };
  if (press.key === "Backspace") return { type: "label", label: null };
  if (!singleKeys) return null;
  if (/^[0-9]$/.test(press.key)) return { type: "label", label: Number(press.key) };
  return press.key.toLowerCase() === "x" ? { type: "label", label: "not_a_digit" } : null;
}

/* The index one comes to from `index` in a grid of `count` items, `perRow` in a row; at an edge one
   stays. Nothing focused yet (index -1): the first. */
export function moveIndex(index, { columns, rows }, { count, perRow }) {
  if (index < 0) return count ? 0 : -1;
  const wanted = index + columns + rows * perRow;
  return wanted >= 0 && wanted < count ? wanted : index;
}
