/* Visitors without an account. The first drawing creates a guest on the server; nothing is stored before. */
import { callApi } from "./api.js";
import { pageUser, setPageUser } from "./page_user.js";

/** @type {Promise<void> | null} */
let creation = null; // the request under way

/** Make sure that the page has a user, who can store drawings. Throws an ApiError. */
export async function requirePageUser() {
  if (pageUser().id) return;
  creation ??= createGuest().finally(() => (creation = null));
  await creation;
}

async function createGuest() {
  setPageUser(await callApi("guests/", { method: "POST" }));
  for (const link of document.querySelectorAll("[data-guest-link]")) /** @type {HTMLElement} */ (link).hidden = false;
}
