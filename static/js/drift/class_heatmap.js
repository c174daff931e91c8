/* A heatmap of the classes by day: a row for each class, a column for each day, darker for more. */
import { createTable } from "../charts/chart_value_table.js";
import { html, svg } from "../dom.js";

const ROW_HEIGHT = 20;
const MARGIN = { left: 62, right: 14, bottom: 26 };
const NUM_LABELS = 5; // of the x axis

/**
 * @typedef {object} HeatmapOptions
 * @property {string} title
 * @property {Series[]} rows
 * @property {ChartMark[]} marks
 * @property {(x: number) => string} formatX
 * @property {(y: number) => string} formatY
 */

/**
 * @param {HTMLElement} figure
 * @param {HeatmapOptions} options
 */
export function createClassHeatmap(figure, options) {
  const { title, rows, formatX, formatY } = options;
  const plot = html("div", { class: "chart-plot" });
  const table = html("details", { class: "chart-table" }, html("summary", {}, "Show as table"));
  table.addEventListener("toggle", () => {
    if (table.children.length === 1) table.append(createTable(rows, { title, xName: "day", formatX, formatY }));
  });
  figure.replaceChildren(html("figcaption", {}, title), plot, table);
  const draw = () => plot.replaceChildren(drawHeatmap(plot.clientWidth, options));
  new ResizeObserver(() => plot.clientWidth !== Number(plot.firstElementChild?.getAttribute("width")) && draw()).observe(figure);
  draw();
}

/**
 * @param {number} width
 * @param {HeatmapOptions} options
 */
function drawHeatmap(width, { title, rows, marks, formatX, formatY }) {
  const numDays = Math.max(...rows[0].points.map(([x]) => x), ...marks.map(({ x }) => x), 1) + 1;
  const step = (width - MARGIN.left - MARGIN.right) / numDays;
  const height = ROW_HEIGHT * rows.length;
  const max = Math.max(...rows.flatMap((row) => row.points.map(([, y]) => y)));
  const columnCentre = (/** @type {number} */ x) => MARGIN.left + (x + 0.5) * step;
  const attributes = { viewBox: `0 0 ${width} ${height + MARGIN.bottom}`, width, height: height + MARGIN.bottom, role: "img", "aria-label": title };
  return svg(
    "svg",
    attributes,
    svg("rect", { class: "mix-back", x: MARGIN.left, y: 0, width: step * numDays, height }),
    ...rows.map((row, index) => svg("text", { x: MARGIN.left - 8, y: index * ROW_HEIGHT + 14, "text-anchor": "end" }, row.name)),
    ...rows.flatMap((row, index) => row.points.map(([x, y]) => cell(row, index, x, y))),
    ...labelledDays(numDays).map((x) => svg("text", { x: columnCentre(x), y: height + 18, "text-anchor": "middle" }, formatX(x))),
    ...marks.map(({ x }) => svg("g", { class: "chart-mark" }, svg("line", { x1: columnCentre(x), x2: columnCentre(x), y1: 0, y2: height }))),
  );

  /**
   * @param {Series} row
   * @param {number} index
   * @param {number} x
   * @param {number} y
   */
  function cell(row, index, x, y) {
    const box = { x: MARGIN.left + x * step, y: index * ROW_HEIGHT + 1, width: Math.max(step - 0.5, 1), height: ROW_HEIGHT - 2 };
    const tooltip = svg("title", {}, `${formatX(x)}, ${row.name}: ${formatY(y)}`);
    return svg("rect", { class: "mix-cell", ...box, "fill-opacity": (y / max).toFixed(3) }, tooltip);
  }
}

/** @param {number} numDays */
function labelledDays(numDays) {
  return Array.from({ length: NUM_LABELS }, (_, index) => Math.round((index * (numDays - 1)) / (NUM_LABELS - 1)));
}
