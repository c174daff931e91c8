/* Moments in the reader's own time zone, in the site's own form ("21 November 2026, 02:28"); the site
   writes them in UTC. */
const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" });
const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });

export function formatMoment(moment) {
  return `${DAY.format(moment)}, ${TIME.format(moment)}`;
}

export function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    time.textContent = formatMoment(new Date(time.dateTime));
  }
}
