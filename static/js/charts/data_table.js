/* The figures of a chart as a table, a row for each x. */
import { html } from "../dom.js";

export function createTable(series, { title, xName = "", formatX = String, formatY = String }) {
  const head = html("tr", {}, ...[xName, ...series.map((one) => one.name)].map((name) => html("th", { scope: "col" }, name)));
  const rows = rowsOf(series).map(([x, values]) => {
    const cells = values.map((value) => html("td", { class: "number" }, value === null ? "–" : formatY(value)));
    return html("tr", {}, html("th", { scope: "row" }, formatX(x)), ...cells);
  });
  const caption = html("caption", { class: "visually-hidden" }, title);
  const table = html("table", {}, caption, html("thead", {}, head), html("tbody", {}, ...rows));
  return html("div", { class: "table-wrap", tabindex: "0" }, table);
}

/* [x, [a value of each series, or null]] in the order of x. Pure. */
export function rowsOf(series) {
  const rows = new Map();
  series.forEach((one, index) => {
    for (const [x, y] of one.points) {
      if (!rows.has(x)) rows.set(x, series.map(() => null));
      rows.get(x)[index] = y;
    }
  });
  return [...rows].sort(([a], [b]) => a - b);
}
