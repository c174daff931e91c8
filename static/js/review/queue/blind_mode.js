/* Whether this reviewer wants the answer and the claim hidden, remembered in this browser. Hidden
   unless they said otherwise: what one knows before leads the eye. */
const KEY = "review-shown";

export function readBlind(person) {
  try {
    return localStorage.getItem(`${KEY}-${person}`) === null;
  } catch {
    return true;
  }
}

export function keepBlind(person, isBlind) {
  try {
    if (isBlind) localStorage.removeItem(`${KEY}-${person}`);
    else localStorage.setItem(`${KEY}-${person}`, "yes");
  } catch {
    return; // storage is blocked: it lasts as long as the page
  }
}
