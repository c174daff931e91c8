/* Pages of this site as documents, to take elements from. */
import { handleUserProblem, isStopped, pageUserHeaders } from "./page_user.js";

/**
 * Fetch a page. Returns null if it is missing, its user is not signed in or there is no connection.
 * @param {string} url
 */
export async function fetchHtml(url) {
  if (isStopped()) return null;
  const headers = { Accept: "text/html", ...pageUserHeaders() };
  const response = await fetch(url, { headers, redirect: "error" }).catch(() => null);
  if (!response?.ok) {
    if (response) await handleUserProblem(response);
    return null;
  }
  return new DOMParser().parseFromString(await response.text(), "text/html");
}
