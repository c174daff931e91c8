/* The user of this page. All tabs of a browser share one session: if another user signs in,
   or this one signs out, the page stops. It then sends nothing and hides its content, until its own user
   is signed in again. Its ink stays in memory, so that it is stored under its own user or not at all. */
import { html } from "./dom.js";
import { isOfflinePage, loadLastUser } from "./offline/last_visit.js";
import { removeStoredInk } from "./stored_ink.js";

const BLOCKED_WHILE_STOPPED = /** @type {const} */ (["keydown", "paste", "drop"]);
const CHECK_URL = "/api/v1/drawings/?limit=1"; // a cheap request that requires a user

/** @typedef {{ id: number | string, username: string }} PageUser */

/** The sentence that is shown while the page is stopped, or "". */
let stopText = "";
/** @type {HTMLDialogElement | null} */
let dialog = null;
/** @type {(() => void)[]} */
const resumeListeners = [];
/** @type {Promise<void> | null} */
let check = null; // the check under way

/**
 * Return the user of a page. `id` is empty on a page of an anonymous visitor, `username` also on that of a guest.
 * @returns {PageUser}
 */
export function pageUser() {
  if (isOfflinePage()) return loadLastUser();
  const { user: id = "", username = "" } = document.body.dataset;
  return { id, username };
}

/**
 * Give a page without a user the guest that was created for its first drawing.
 * @param {PageUser} user
 */
export function setPageUser({ id, username }) {
  document.body.dataset.user = String(id);
  document.body.dataset.username = username;
  watchPageUser();
}

/**
 * True for a guest, who has an id and no name. Pure.
 * @param {PageUser} user
 */
export function isGuest({ id, username }) {
  return id !== "" && username === "";
}

/** Headers of every request: the server refuses it if another user is signed in. */
export function pageUserHeaders() {
  const { id } = pageUser();
  return /** @type {Record<string, string>} */ (id ? { "X-Page-User": String(id) } : {});
}

/**
 * True for the user of this page. A page of an anonymous visitor accepts every user. Pure.
 * @param {PageUser} page
 * @param {PageUser | undefined} user
 */
export function isSameUser(page, user) {
  return page.id === "" || user === undefined || String(user.id) === String(page.id);
}

/**
 * Pure.
 * @param {PageUser} user who is signed in now
 */
export function describeOtherUser({ username }) {
  if (!username) return "Another visitor now draws in this browser. Reload the page to continue.";
  return `You are now signed in as ${username}. Reload the page to continue as ${username}.`;
}

export function isStopped() {
  return stopText !== "";
}

/** Return why the page is stopped, or "". */
export function getStopText() {
  return stopText;
}

/** @param {string} text a sentence for the user: who is signed in, what to do */
export function stopForOtherUser(text) {
  const reload = html("button", { type: "button", class: "button", autofocus: "" }, "Reload");
  reload.addEventListener("click", () => location.reload());
  stop(text, reload);
}

export function stopForSignOut() {
  const href = `/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
  const text = "You are signed out. Sign in again in a new tab to continue here, or reload the page.";
  stop(text, html("a", { class: "button", href, target: "_blank", autofocus: "" }, "Sign in"));
}

/** The page's own user is signed in again. */
export function resume() {
  if (!isStopped()) return;
  stopText = "";
  document.documentElement.removeAttribute("data-stopped");
  dialog?.remove();
  dialog = null;
  for (const listener of resumeListeners) listener();
}

/** @param {() => void} listener called when the page continues */
export function onResume(listener) {
  resumeListeners.push(listener);
}

/** Ask the server who is signed in. Without a connection nothing changes. */
export function checkPageUser() {
  check ??= askServer().finally(() => (check = null));
  return check;
}

async function askServer() {
  const response = await fetch(CHECK_URL, { headers: pageUserHeaders(), cache: "no-store" }).catch(() => null);
  if (response?.status === 200) resume();
  else if (response) await handleUserProblem(response);
}

/**
 * Stop the page if a response was refused because another user or none is signed in.
 * @param {Response} response
 */
export async function handleUserProblem(response) {
  if (!pageUser().id) return;
  if (response.status === 401) stopForSignOut();
  if (response.status !== 409) return;
  const problem = await response.clone().json().catch(() => ({}));
  if (problem.code === "other_user") stopForOtherUser(problem.detail);
}

/**
 * @param {string} text
 * @param {HTMLElement} action
 */
function stop(text, action) {
  if (text === stopText) return;
  stopText = text;
  removeStoredInk();
  document.documentElement.setAttribute("data-stopped", "");
  dialog?.remove();
  dialog = createDialog(text, action);
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {string} text
 * @param {HTMLElement} action
 */
function createDialog(text, action) {
  const { username } = pageUser();
  const owner = username || "a visitor without an account";
  const unsent = "It sends nothing now. Drawings on it that are not stored yet stay in this tab until you reload it";
  const note = `This page belongs to ${owner}. ${unsent}${username && `; they are sent when ${username} is signed in again`}.`;
  const created = html(
    "dialog",
    { class: "dialog", "data-user-dialog": "", "aria-labelledby": "user-dialog-title" },
    html("h2", { id: "user-dialog-title" }, text),
    html("p", { class: "muted" }, note),
    html("div", { class: "dialog-actions" }, action),
  );
  created.addEventListener("cancel", (event) => event.preventDefault());
  created.addEventListener("close", () => created.isConnected && created.showModal()); // a second Escape closes it
  return created;
}

/** Follow the session while the page is open. */
export function watchPageUser() {
  const { id } = pageUser();
  removeStoredInk({ exceptOf: String(id) });
  if (!id || isOfflinePage()) return;
  document.addEventListener("visibilitychange", () => document.hidden || checkPageUser());
  addEventListener("focus", () => checkPageUser());
  addEventListener("online", () => checkPageUser());
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    document.documentElement.setAttribute("data-stopped", ""); // hides the page until it is loaded again
    location.reload();
  });
  for (const type of BLOCKED_WHILE_STOPPED) {
    addEventListener(type, (event) => isStopped() && event.stopImmediatePropagation(), { capture: true });
  }
}
