/* Visitors without an account. The first drawing creates a guest on the server; nothing is stored before. */
import { callApi } from "./api.js";
import { pageUser, setPageUser } from "./page_user.js";

const CREATION_LOCK = "digitsite-guest";

/** @type {Promise<void> | null} */
let creation = null; // the request under way

/** Make sure that the page has a user, who can store drawings. Throws an ApiError. */
export async function requirePageUser() {
  if (pageUser().id) return;
  creation ??= createGuest().finally(() => (creation = null));
  await creation;
}

async function createGuest() {
  const request = () => callApi("guests/", { method: "POST" });
  // The tabs of a browser take turns: the server then returns the guest of the first one. Without HTTPS there are no locks.
  setPageUser(await (navigator.locks ? navigator.locks.request(CREATION_LOCK, request) : request()));
  for (const link of document.querySelectorAll("[data-guest-link]")) /** @type {HTMLElement} */ (link).hidden = false;
}
