/* Daily statistics as chart series; x is the index of a day. Pure. */
import { formatPercent } from "../format_percent_and_labels.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const CLASSES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "no digit"];
const DAY_MS = 24 * 3600 * 1000;

/** @typedef {{ date: string, predicted: number, classes: number[], [metric: string]: any }} Day */

/**
 * Return the points of a metric; a day without a value has no point.
 * @param {Day[]} days
 * @param {string} metric
 * @returns {number[][]}
 */
export function seriesPoints(days, metric) {
  return days.map((day, index) => [index, day[metric]]).filter(([, value]) => value !== null);
}

/**
 * Return a series for each class: its fraction of the day's predictions.
 * @param {Day[]} days
 * @returns {Series[]}
 */
export function classShares(days) {
  return CLASSES.map((name, label) => ({
    name,
    points: days.flatMap(({ predicted, classes }, index) => (predicted ? [[index, classes[label] / predicted]] : [])),
  }));
}

/**
 * Return a mark for each change of the champion, except for the one before the first day.
 * @param {Day[]} days
 * @param {{ since: string, model: string }[]} models
 * @returns {ChartMark[]}
 */
export function modelChangeMarks(days, models) {
  const begin = Date.parse(days[0].date);
  return models
    .map(({ since, model }) => ({ x: (Date.parse(since) - begin) / DAY_MS - 0.5, name: model.split("@")[0] }))
    .filter(({ x }) => x >= -0.5)
    .map((mark) => ({ ...mark, x: Math.min(Math.max(mark.x, 0), days.length - 1) }));
}

/**
 * "2026-06-03" -> "3 Jun"
 * @param {string} [date]
 */
export function formatDay(date) {
  if (!date) return "";
  const [, month, day] = date.split("-").map(Number);
  return `${day} ${MONTHS[month - 1]}`;
}

/**
 * 0.125 -> "12.5 %", 0.5 -> "50 %"
 * @param {number} fraction
 */
export function formatShare(fraction) {
  const tenths = Math.round(fraction * 1000);
  return formatPercent(tenths / 1000, tenths % 10 ? 1 : 0);
}
