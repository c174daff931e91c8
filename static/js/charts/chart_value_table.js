/* The values of a chart as a table, one row for each x. */
import { html } from "../dom.js";

/**
 * @param {Series[]} series
 * @param {{ title: string, xName?: string, formatX?: (x: number) => string, formatY?: (y: number) => string }} options
 */
export function createTable(series, { title, xName = "", formatX = String, formatY = String }) {
  const head = html("tr", {}, ...[xName, ...series.map((one) => one.name)].map((name) => html("th", { scope: "col" }, name)));
  const rows = tableRows(series).map(([x, values]) => {
    const cells = values.map((value) => html("td", { class: "number" }, value === null ? "–" : formatY(value)));
    return html("tr", {}, html("th", { scope: "row" }, formatX(x)), ...cells);
  });
  const caption = html("caption", { class: "visually-hidden" }, title);
  const table = html("table", {}, caption, html("thead", {}, head), html("tbody", {}, ...rows));
  return html("div", { class: "table-wrap", tabindex: "0" }, table);
}

/**
 * Return [x, [the value of each series, or null]] in the order of x. Pure.
 * @param {Series[]} series
 * @returns {[number, (number | null)[]][]}
 */
export function tableRows(series) {
  /** @type {Map<number, (number | null)[]>} */
  const rows = new Map();
  series.forEach((one, index) => {
    for (const [x, y] of one.points) {
      const row = rows.get(x) ?? series.map(() => null);
      row[index] = y;
      rows.set(x, row);
    }
  });
  return [...rows].sort(([a], [b]) => a - b);
}
