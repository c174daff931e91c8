/* Whether this reviewer wants the answer and the claim hidden, remembered in this browser. Hidden
   unless they said otherwise: what one knows before leads the eye. */
const KEY = "review-shown";

export function loadBlindMode(person) {
  try {
    return localStorage.getItem(`${KEY}-${person}`) === null;
  } catch {
    return true;
  }
}

export function saveBlindMode(person, isBlind) {
  try {
    if (isBlind) localStorage.removeItem(`${KEY}-${person}`);
    else localStorage.setItem(`${KEY}-${person}`, "yes");
  } catch {
    return; // storage is blocked: it lasts as long as the page
  }
}
