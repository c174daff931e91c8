/* Pages of this site as documents, to take elements from. */

/**
 * Fetch a page. Returns null if it is missing, the user is signed out or there is no connection.
 * @param {string} url
 */
export async function fetchHtml(url) {
  const response = await fetch(url, { headers: { Accept: "text/html" }, redirect: "error" }).catch(() => null);
  if (!response?.ok) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html");
}
