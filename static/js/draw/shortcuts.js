/* Keys for everything on the drawing page. */
const SWITCH = "single-keys"; // people who dictate or tremble can switch single keys off

const SINGLE = {
  c: { type: "clear" },
  n: { type: "new" },
  y: { type: "yes" },
  enter: { type: "yes" },
  x: { type: "label", label: "not_a_digit" },
  u: { type: "upload" },
  "?": { type: "help" },
};
const FIELDS = new Set(["INPUT", "TEXTAREA", "SELECT"]);
const PRESSED_BY_ENTER = new Set(["BUTTON", "A", "SUMMARY"]);

/* The command a key press stands for, or null. Pure.
   press: { key, ctrlKey, metaKey, altKey, shiftKey }, tag: the name of the focused element. */
export function commandForKey(press, tag = "BODY", { singleKeys = true } = {}) {
  if (FIELDS.has(tag) || press.altKey) return null;
  const key = press.key.toLowerCase();
  if (press.ctrlKey || press.metaKey) return withControl(key, press.shiftKey);
  if (!singleKeys && key !== "?") return null;
  if (key === "enter" && PRESSED_BY_ENTER.has(tag)) return null;
  if (/^[0-9]$/.test(key)) return { type: "label", label: Number(key) };
  return SINGLE[key] ?? null;
}

function withControl(key, isShifted) {
  if (key === "z") return { type: isShifted ? "redo" : "undo" };
  return key === "y" ? { type: "redo" } : null;
}

export function loadSingleKeys() {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
}

export function saveSingleKeys(isOn) {
  try {
    localStorage.setItem(SWITCH, isOn ? "on" : "off");
  } catch {
    return; // storage is blocked: the switch lasts as long as the page
  }
}

/* run(command) for every key that means one, unless a dialog is open. */
export function attachShortcuts(run) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat && !event.ctrlKey) return;
    if (document.querySelector("dialog[open]")) return;
    const command = commandForKey(event, event.target.tagName, { singleKeys: loadSingleKeys() });
    if (!command) return;
    event.preventDefault();
    run(command);
  });
}
