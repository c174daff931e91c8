/* Names the time zone of the browser to the server, which shows all times and days in it. */
const COOKIE = "time_zone";
const MAX_AGE_S = 365 * 24 * 3600;

export function saveTimeZone() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing on plain HTTP.
  if (timeZone) document.cookie = timeZoneCookie(timeZone);
}

/**
 * Pure.
 * @param {string} timeZone for example "Europe/Berlin"
 */
export function timeZoneCookie(timeZone) {
  return `${COOKIE}=${timeZone}; path=/; max-age=${MAX_AGE_S}; samesite=lax`;
}
