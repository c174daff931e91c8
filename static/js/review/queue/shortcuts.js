/* What keys mean on the review page. Pure. */
const FIELDS = new Set(["TEXTAREA", "SELECT"]);
const PRESSED_BY_SPACE = new Set(["BUTTON", "A", "SUMMARY", "INPUT"]);
const SINGLE = {
  n: { type: "decide", decision: "not_a_digit" },
  s: { type: "decide", decision: "skip" },
  a: { type: "reveal" },
};

/* The command of a key press, or null. press: { key, ctrlKey, metaKey, altKey, repeat }; tag: the
   name of the focused element. A key held down says nothing twice. */
export function commandForKey(press, { tag = "BODY", singleKeys = true } = {}) {
  if (FIELDS.has(tag) || press.ctrlKey || press.metaKey || press.altKey || press.repeat) return null;
  if (press.key === "?") return { type: "help" };
  if (press.key === "Backspace") return { type: "undo" };
  if (press.key === " ") return PRESSED_BY_SPACE.has(tag) ? null : { type: "play" };
  if (!singleKeys) return null;
  if (/^[0-9]$/.test(press.key)) return { type: "decide", decision: Number(press.key) };
  return SINGLE[press.key.toLowerCase()] ?? null;
}
