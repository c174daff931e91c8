/* Whether a reviewer labels blind: without seeing the prediction and the claim, which would bias the
   label. Stored in this browser for each user; on by default. */
import { loadPreference, savePreference } from "../../preferences.js";

const KEY = "review-shown";

/** @param {string | undefined} user */
export function loadBlindMode(user) {
  return loadPreference(`${KEY}-${user}`) === null;
}

/**
 * @param {string | undefined} user
 * @param {boolean} isBlind
 */
export function saveBlindMode(user, isBlind) {
  savePreference(`${KEY}-${user}`, isBlind ? null : "yes");
}
