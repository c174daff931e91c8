/* Preferences of this browser. If storage is blocked, a preference lasts until the page is closed. */

/**
 * Return a stored preference, or null.
 * @param {string} key
 * @param {() => Pick<Storage, "getItem">} storage a function, because reading `localStorage` can throw
 */
export function loadPreference(key, storage = () => localStorage) {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string | null} value null removes the preference
 * @param {() => Pick<Storage, "setItem" | "removeItem">} storage
 */
export function savePreference(key, value, storage = () => localStorage) {
  try {
    if (value === null) storage().removeItem(key);
    else storage().setItem(key, value);
  } catch {
    return; // storage is blocked or full
  }
}

const SINGLE_KEYS = "single-keys";

/** True unless the user switched off shortcuts of one key (WCAG 2.1.4: they disturb dictation). */
export function loadSingleKeys() {
  return loadPreference(SINGLE_KEYS) !== "off";
}

/** @param {boolean} isOn */
export function saveSingleKeys(isOn) {
  savePreference(SINGLE_KEYS, isOn ? "on" : "off");
}
