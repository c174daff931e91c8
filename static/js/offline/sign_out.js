/* A sign-out removes the unsent drawings of the user from this browser, which others may use next. */
import { pageUser } from "../page_user.js";
import { removeStoredInk } from "../stored_ink.js";
import { listDrawings, removeDrawings } from "./drawing_database.js";
import { rememberUser } from "./last_visit.js";

/** Ask before a sign-out that loses drawings. The forms have the attribute data-sign-out. */
export function watchSignOut() {
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("[data-sign-out]")) return;
    event.preventDefault();
    signOut(form);
  });
}

/** @param {HTMLFormElement} form */
async function signOut(form) {
  const owner = String(pageUser().id);
  const isOwn = (/** @type {{ owner: string }} */ one) => one.owner === owner;
  const stored = await listDrawings().catch(() => []);
  const count = stored.filter(isOwn).length;
  if (count > 0 && !confirm(describeLoss(count))) return;
  await removeDrawings(isOwn).catch(() => {}); // storage is blocked: there is nothing to remove
  removeStoredInk();
  rememberUser({ id: "", username: "" });
  form.submit();
}

/**
 * Pure.
 * @param {number} count
 */
export function describeLoss(count) {
  const drawings = count === 1 ? "1 drawing is" : `${count} drawings are`;
  return `${drawings} not sent yet and will be deleted from this browser. Sign out anyway?`;
}
