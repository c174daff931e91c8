/* A line chart as SVG: axes, a legend that shows the values under the pointer, and a table of the
   same values for screen readers. */
import { html, svg } from "../dom.js";
import { createTable } from "./chart_value_table.js";
import { extent, linearScale, nearestIndex, niceTicks, spreadLabels } from "./scale.js";

const DEFAULT_HEIGHT = 230;
const MARGIN = { top: 12, right: 20, bottom: 34 };
const CHARACTER_WIDTH = 6.8; // of a tick label
const MIN_WIDTH = 240;
const LABEL_GAP = 6; // between the last point and its value
const LINE_HEIGHT = 13; // of the values at the ends of lines
const MAX_DOTS = 40; // with more points only the line is drawn, without dots

/**
 * @typedef {object} ChartOptions
 * @property {string} title
 * @property {string} [xName] name of the x axis
 * @property {number[]} [x] [from, to]; by default the extent of the points
 * @property {number[]} [y] [from, to]; values below are drawn on the edge
 * @property {number[]} [xTicks]
 * @property {(x: number) => string} [formatX]
 * @property {(y: number, step?: number) => string} [formatY] `step` is the distance of two ticks, on the axis only
 * @property {number} [baseline] a value that the y axis always shows, for example 0 for counts
 * @property {number} [min] lower bound of the y axis
 * @property {number} [max] upper bound of the y axis
 * @property {number} [height] in pixels
 * @property {string} [empty] shown instead of a chart without points
 */

/** @typedef {{ series: Series[], marks?: ChartMark[] }} ChartData */
/** @typedef {ReturnType<typeof drawPlot>} Plot */

/**
 * Create a line chart in an empty <figure class="chart">. The stylesheet has colours for six series.
 * @param {HTMLElement} figure
 * @param {ChartOptions} options
 */
export function createLineChart(figure, options) {
  const legend = html("ul", { class: "chart-legend" });
  const plot = html("div", { class: "chart-plot" });
  const table = html("details", { class: "chart-table" });
  const empty = html("p", { class: "chart-empty muted" }, options.empty ?? "No data yet.");
  figure.replaceChildren(html("figcaption", {}, options.title), legend, plot, empty, table);
  /** @type {ChartData} */
  let data = { series: [] };
  const draw = () => {
    const series = data.series.filter((one) => one.points.length);
    plot.hidden = legend.hidden = table.hidden = !series.length;
    empty.hidden = series.length > 0;
    if (!series.length) return;
    const drawing = drawPlot(plot, series, data.marks ?? [], options);
    plot.replaceChildren(drawing.root);
    showLegend(legend, series, options);
    table.replaceChildren(html("summary", {}, "Show as table"), table.open ? createTable(series, options) : "");
    attachCursor(drawing, series, (x) => showLegend(legend, series, options, x));
  };
  table.addEventListener("toggle", draw);
  new ResizeObserver(() => plot.clientWidth !== Number(plot.dataset.width) && draw()).observe(figure);
  return {
    /** @param {ChartData} newData */
    show(newData) {
      data = newData;
      draw();
    },
  };
}

/**
 * @param {HTMLElement} plot
 * @param {Series[]} series
 * @param {ChartMark[]} marks
 * @param {ChartOptions} options
 */
function drawPlot(plot, series, marks, { title, xName, x, y, xTicks, formatX = String, formatY = String, baseline, min, max, height = DEFAULT_HEIGHT }) {
  const width = Math.max(plot.clientWidth || (plot.parentElement?.clientWidth ?? 0), MIN_WIDTH);
  plot.dataset.width = String(plot.clientWidth);
  const points = series.flatMap((one) => one.points);
  const yTicks = niceTicks(y ?? withMargin(extent([...points.map((point) => point[1]), ...(baseline === undefined ? [] : [baseline])]) ?? [0, 1], min, max), 5)
    .filter((tick) => tick <= (max ?? Infinity) + 1e-9);
  const labels = yTicks.map((tick) => formatY(tick, yTicks[1] - yTicks[0]));
  const left = 14 + CHARACTER_WIDTH * maxLength(labels);
  const lastValues = series.map((one) => (hasLastValue(one) ? formatY(/** @type {number[]} */ (one.points.at(-1))[1]) : ""));
  const end = width - Math.max(MARGIN.right, LABEL_GAP + 2 + CHARACTER_WIDTH * maxLength(lastValues));
  const xs = x ?? extent([...points.map((point) => point[0]), ...marks.map((mark) => mark.x)]) ?? [0, 1];
  const toX = linearScale(xs, [left, end]);
  const yScale = linearScale([yTicks[0], yTicks[yTicks.length - 1]], [height - MARGIN.bottom, MARGIN.top]);
  const toY = (/** @type {number} */ value) => yScale(Math.max(value, yTicks[0]));
  const cursor = svg("line", { class: "chart-cursor", y1: MARGIN.top, y2: height - MARGIN.bottom, visibility: "hidden" });
  const root = svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": title },
    ...yTicks.map((tick, index) => gridLine(toY(tick), [left, end], labels[index])),
    ...(xTicks ?? ticksWithin(xs, width)).map((tick) => text(formatX(tick), { x: toX(tick), y: height - MARGIN.bottom + 18, "text-anchor": "middle" })),
    xName && text(xName, { x: end, y: height - 2, "text-anchor": "end", class: "chart-name" }),
    ...marks.map((mark) => markLine(toX(mark.x), mark, { end, height })),
    cursor,
    ...series.map((one, index) => seriesLine(one, index, toX, toY)),
    ...lastValueLabels(series, lastValues, { toX, toY, bounds: [MARGIN.top, height - MARGIN.bottom] }),
  );
  return { root, cursor, toX, xs, left, end, width };
}

/** @param {string[]} texts */
function maxLength(texts) {
  return Math.max(...texts.map((one) => one.length));
}

/** @param {Series} series */
function hasLastValue({ isFaint, isDots }) {
  return !isFaint && !isDots;
}

/**
 * The last value of each line at its end. Values that are close to each other are moved apart.
 * @param {Series[]} series
 * @param {string[]} values
 * @param {{ toX: (x: number) => number, toY: (y: number) => number, bounds: number[] }} place
 */
function lastValueLabels(series, values, { toX, toY, bounds }) {
  const shown = series.map((one, index) => ({ point: /** @type {number[]} */ (one.points.at(-1)), index })).filter(({ index }) => values[index]);
  const ends = [...new Set(shown.map(({ point }) => point[0]))].map((x) => shown.filter(({ point }) => point[0] === x));
  return ends.flatMap((lines) => {
    const ys = spreadLabels(lines.map(({ point }) => toY(point[1])), LINE_HEIGHT, bounds);
    return lines.map(({ point, index }, place) =>
      text(values[index], { x: toX(point[0]) + LABEL_GAP, y: ys[place] + 4, class: `chart-last series-${index}` }));
  });
}

/**
 * @param {number[]} xs
 * @param {number} width
 */
function ticksWithin(xs, width) {
  const count = Math.max(4, Math.round(width / 110));
  return niceTicks(xs, count).filter((tick) => tick >= xs[0] && tick <= xs[1]);
}

/**
 * @param {number[]} extent [low, high]
 * @param {number} [min]
 * @param {number} [max]
 */
function withMargin([low, high], min = -Infinity, max = Infinity) {
  const margin = (high - low || Math.abs(high) || 1) * 0.04;
  return [Math.max(low - margin, min), Math.min(high + margin, max)];
}

/**
 * @param {number} y
 * @param {number[]} ends
 * @param {string} label
 */
function gridLine(y, [x1, x2], label) {
  return svg(
    "g",
    {},
    svg("line", { class: "chart-grid", x1, x2, y1: y, y2: y }),
    text(label, { x: x1 - 8, y: y + 4, "text-anchor": "end" }),
  );
}

/**
 * @param {number} x
 * @param {ChartMark} mark
 * @param {{ end: number, height: number }} size
 */
function markLine(x, { name, isLow = false }, { end, height }) {
  const isAtEnd = x > end - 50; // its name is to the left of the line
  return svg(
    "g",
    { class: "chart-mark" },
    svg("line", { x1: x, x2: x, y1: MARGIN.top, y2: height - MARGIN.bottom }),
    text(name, {
      x: isAtEnd ? x - 4 : x + 4,
      y: isLow ? height - MARGIN.bottom - 6 : MARGIN.top + 10,
      "text-anchor": isAtEnd ? "end" : "start",
    }),
  );
}

/**
 * @param {Series} series
 * @param {number} index
 * @param {(x: number) => number} toX
 * @param {(y: number) => number} toY
 */
function seriesLine({ points, isFaint = false, isDots = false }, index, toX, toY) {
  const places = points.map(([x, y]) => [toX(x).toFixed(1), toY(y).toFixed(1)]);
  const r = isDots ? 4.5 : 2.5;
  const dots = points.length <= MAX_DOTS ? places.map(([cx, cy]) => svg("circle", { cx, cy, r })) : [];
  const line = svg("polyline", { points: places.map((place) => place.join(",")).join(" ") });
  const kind = isFaint ? " faint" : isDots ? " dots" : "";
  return svg("g", { class: `chart-line series-${index}${kind}` }, line, ...(isFaint ? [] : dots));
}

/**
 * @param {string} content
 * @param {Record<string, string | number>} attributes
 */
function text(content, attributes) {
  return svg("text", attributes, content);
}

/**
 * Show the values of all series at x; without x, their last values.
 * @param {HTMLElement} legend
 * @param {Series[]} series
 * @param {ChartOptions} options
 * @param {number | null} [x]
 */
function showLegend(legend, series, { formatY = String }, x = null) {
  legend.replaceChildren(
    ...series.map((one, index) => {
      const at = x === null ? one.points.length - 1 : nearestIndex(one.points, x);
      const value = one.isFaint ? null : html("strong", {}, formatY(one.points[at][1]));
      return html("li", { class: `series-${index}` }, swatch(one), `${one.name} `, value);
    }),
  );
}

/**
 * The line or the dot of a series, in the colour and pattern of the chart.
 * @param {Series} series
 */
function swatch({ isFaint = false, isDots = false }) {
  const sample = isDots ? svg("circle", { cx: 14, cy: 5, r: 4 }) : svg("polyline", { points: "0,5 28,5" });
  const kind = isFaint ? " faint" : isDots ? " dots" : "";
  return svg("svg", { class: `swatch chart-line${kind}`, width: 28, height: 10, "aria-hidden": "true" }, sample);
}

/**
 * Move a vertical line to the point nearest to the pointer.
 * @param {Plot} plot
 * @param {Series[]} series
 * @param {(x?: number) => void} onMove
 */
function attachCursor({ root, cursor, toX, xs, left, end, width }, series, onMove) {
  const toValue = linearScale([left, end], xs);
  root.addEventListener("pointermove", (event) => {
    const box = root.getBoundingClientRect();
    const x = toValue(((/** @type {PointerEvent} */ (event).clientX - box.left) / box.width) * width);
    const { points } = series[0];
    const at = String(toX(points[nearestIndex(points, x)][0]));
    cursor.setAttribute("x1", at);
    cursor.setAttribute("x2", at);
    cursor.setAttribute("visibility", "visible");
    onMove(x);
  });
  root.addEventListener("pointerleave", () => {
    cursor.setAttribute("visibility", "hidden");
    onMove();
  });
}
