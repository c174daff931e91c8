/* Days as charts want them: x is the place of a day among all. Pure. */
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const CLASSES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "no digit"];
const DAY_MS = 24 * 3600 * 1000;

/* Days without the figure have no point. */
export function seriesPoints(days, field) {
  return days.map((day, index) => [index, day[field]]).filter(([, value]) => value !== null);
}

/* A series for each class: its share of a day's answers. */
export function classShares(days) {
  return CLASSES.map((name, place) => ({
    name,
    points: days.flatMap(({ answered, classes }, index) => (answered ? [[index, classes[place] / answered]] : [])),
  }));
}

/* Where another network began to answer: not the one that did before the first day. */
export function modelChangeMarks(days, models) {
  const begin = Date.parse(days[0].date);
  return models
    .map(({ since, model }) => ({ x: (Date.parse(since) - begin) / DAY_MS - 0.5, name: model.split("@")[0] }))
    .filter(({ x }) => x >= -0.5)
    .map((mark) => ({ ...mark, x: Math.min(Math.max(mark.x, 0), days.length - 1) }));
}

/* "2026-06-03" as "3 Jun". */
export function formatDay(date) {
  if (!date) return "";
  const [, month, day] = date.split("-").map(Number);
  return `${day} ${MONTHS[month - 1]}`;
}
