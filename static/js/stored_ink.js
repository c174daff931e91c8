/* Ink that survives a reload: text in the session storage of the tab, for one user. */
const KEY = "sheet";

/** @param {() => Storage} storage a function, because reading `sessionStorage` can throw */
export function loadStoredInk(storage = () => sessionStorage) {
  try {
    return storage().getItem(KEY);
  } catch {
    return null; // storage is blocked
  }
}

/**
 * @param {string} text JSON with the field `user`
 * @param {() => Storage} storage
 */
export function storeInk(text, storage = () => sessionStorage) {
  try {
    storage().setItem(KEY, text);
  } catch {
    return; // storage is blocked or full: the drawings last as long as the page
  }
}

/**
 * Remove the ink of every user but one, who is "" for a visitor. Without `exceptOf`, remove all ink.
 * @param {{ exceptOf?: string | null, storage?: () => Storage }} [options]
 */
export function removeStoredInk({ exceptOf = null, storage = () => sessionStorage } = {}) {
  try {
    if (exceptOf === null || ownerOf(storage().getItem(KEY)) !== exceptOf) storage().removeItem(KEY);
  } catch {
    return; // storage is blocked
  }
}

/** @param {string | null} text */
function ownerOf(text) {
  try {
    return String(JSON.parse(text ?? "").user);
  } catch {
    return null;
  }
}
