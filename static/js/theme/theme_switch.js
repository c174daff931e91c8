/* The theme switch. The choice is stored in this browser; for "system" nothing is stored. A script in
   base.html applies the stored theme before the first paint. */
import { targetOf } from "../dom.js";
import { loadPreference, savePreference } from "../preferences.js";

const KEY = "theme";

/** @param {string} theme "light", "dark" or "system" */
function applyTheme(theme) {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  document.dispatchEvent(new CustomEvent("themechange"));
}

/** @param {HTMLElement} group of radio buttons */
export function attachThemeSwitch(group) {
  const stored = loadPreference(KEY) ?? "system";
  for (const input of group.querySelectorAll("input")) input.checked = input.value === stored;
  group.hidden = false;
  group.addEventListener("change", (event) => {
    const theme = targetOf(event).value;
    savePreference(KEY, theme === "system" ? null : theme);
    applyTheme(theme);
  });
}

/**
 * Call `redraw` when the colours of the page change.
 * @param {() => void} redraw
 */
export function onThemeChange(redraw) {
  document.addEventListener("themechange", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}
