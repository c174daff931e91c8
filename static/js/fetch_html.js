/* Pages and parts of pages as this site writes them, ready to take nodes from. */

/* A document, or null when it is not to be had (not there, signed out, no connection). */
export async function fetchHtml(url) {
  const response = await fetch(url, { headers: { Accept: "text/html" }, redirect: "error" }).catch(() => null);
  if (!response?.ok) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html");
}
