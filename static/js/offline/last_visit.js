/* Data of the last visit for the page without a network: the user, and the champion with its bundle. */
import { loadPreference, savePreference } from "../preferences.js";

const USER = "last-user";
const CHAMPION = "champion";

/** @typedef {import("../page_user.js").PageUser} PageUser */
/** @typedef {import("../draw/page_state_reducer.js").Champion} Champion */

/** @param {PageUser} user without an id, it is forgotten */
export function rememberUser({ id, username }) {
  savePreference(USER, id === "" ? null : JSON.stringify({ id, username }));
}

/** @type {PageUser | null} */
let lastUser = null; // another tab may sign in another user, who must not get the ink of this page

/** @returns {PageUser} */
export function loadLastUser() {
  lastUser ??= load(USER) ?? { id: "", username: "" };
  return /** @type {PageUser} */ (lastUser);
}

/** @param {Champion} champion */
export function rememberChampion(champion) {
  savePreference(CHAMPION, JSON.stringify(champion));
}

/** @returns {Champion | null} */
export function loadLastChampion() {
  return load(CHAMPION);
}

/** True for the page that the service worker serves without a network. It belongs to the last user. */
export function isOfflinePage() {
  return "offline" in document.body.dataset;
}

/** @param {string} key */
function load(key) {
  try {
    return JSON.parse(loadPreference(key) ?? "null");
  } catch {
    return null;
  }
}
