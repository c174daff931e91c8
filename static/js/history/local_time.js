/* Times in the user's time zone, in the format of the site ("21 November 2026, 02:28"). The server
   writes them in UTC. */
const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" });
const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });

/** @param {Date} moment */
export function formatMoment(moment) {
  return `${DATE.format(moment)}, ${TIME.format(moment)}`;
}

/** @param {ParentNode} root */
export function showLocalTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    element.textContent = formatMoment(new Date(/** @type {HTMLTimeElement} */ (element).dateTime));
  }
}
