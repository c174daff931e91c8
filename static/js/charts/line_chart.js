/* A line chart as SVG: axes, a legend that reads out the point under the pointer, and the same as a
   table for who cannot see it.

   const chart = createLineChart(figure, { title, xName, x: [from, to]?, y: [from, to]?, xTicks?,
     formatX, formatY, least?, most?, height? });
   formatY(y, step) writes a value; on the axis it is told how far apart two of them are.
   chart.show({ series: [{ name, points: [[x, y], …], isFaint?, isDots? }], marks: [{ x, name, isLow? }] });
   What lies below `y` is drawn on its edge.

   `figure` is an empty <figure class="chart">; x grows along each series. At most six series have
   colours of their own (static/css/charts.css). */
import { html, svg } from "../dom.js";
import { extent, nearestIndex, linearScale, niceTicks } from "./scale.js";
import { createTable } from "./data_table.js";

const HEIGHT = 230;
const EDGE = { top: 12, right: 20, bottom: 34 };
const LETTER = 6.8; // of a value on the axis, the gap to the axis aside
const LEAST_WIDTH = 240;
const DOTS_UP_TO = 40; // more points than this need no dots to be seen

export function createLineChart(figure, options) {
  const legend = html("ul", { class: "chart-legend" });
  const plot = html("div", { class: "chart-plot" });
  const table = html("details", { class: "chart-table" });
  const empty = html("p", { class: "chart-empty muted" }, options.empty ?? "Nothing to show yet.");
  figure.replaceChildren(html("figcaption", {}, options.title), legend, plot, empty, table);
  let shown = { series: [], marks: [] };
  const draw = () => {
    const series = shown.series.filter((one) => one.points.length);
    plot.hidden = legend.hidden = table.hidden = !series.length;
    empty.hidden = series.length > 0;
    if (!series.length) return;
    const picture = drawing(plot, { ...options, ...shown, series });
    plot.replaceChildren(picture.root);
    showLegend(legend, series, options);
    if (table.open) table.replaceChildren(html("summary", {}, "As a table"), createTable(series, options));
    else table.replaceChildren(html("summary", {}, "As a table"));
    followPointer(picture, legend, series, options);
  };
  table.addEventListener("toggle", draw);
  new ResizeObserver(() => plot.clientWidth !== Number(plot.dataset.width) && draw()).observe(figure);
  return {
    show(data) {
      shown = { marks: [], ...data };
      draw();
    },
  };
}

function drawing(plot, { title, series, marks, xName, x, y, xTicks, formatX = String, formatY = String, least, most, height = HEIGHT }) {
  const width = Math.max(plot.clientWidth || plot.parentElement.clientWidth, LEAST_WIDTH);
  plot.dataset.width = plot.clientWidth;
  const all = series.flatMap((one) => one.points);
  const yTicks = niceTicks(y ?? bounded(extent(all.map((point) => point[1])), least, most), 5)
    .filter((tick) => tick <= (most ?? Infinity) + 1e-9);
  const values = yTicks.map((tick) => formatY(tick, yTicks[1] - yTicks[0]));
  const left = 14 + LETTER * Math.max(...values.map((value) => value.length));
  const xs = x ?? extent([...all.map((point) => point[0]), ...marks.map((mark) => mark.x)]);
  const toX = linearScale(xs, [left, width - EDGE.right]);
  const place = linearScale([yTicks[0], yTicks.at(-1)], [height - EDGE.bottom, EDGE.top]);
  const toY = (value) => place(Math.max(value, yTicks[0]));
  const round = () => niceTicks(xs, Math.max(4, Math.round(width / 110))).filter((tick) => tick >= xs[0] && tick <= xs[1]);
  const labelled = xTicks ?? round();
  const cursor = svg("line", { class: "chart-cursor", y1: EDGE.top, y2: height - EDGE.bottom, visibility: "hidden" });
  const root = svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": title },
    ...yTicks.map((tick, index) => horizontal(toY(tick), [left, width - EDGE.right], values[index])),
    ...labelled.map((tick) => text(formatX(tick), { x: toX(tick), y: height - EDGE.bottom + 18, "text-anchor": "middle" })),
    xName && text(xName, { x: width - EDGE.right, y: height - 2, "text-anchor": "end", class: "chart-name" }),
    ...marks.map((mark) => markAt(toX(mark.x), mark, { width, height })),
    cursor,
    ...series.map((one, index) => lineOf(one, index, toX, toY)),
  );
  return { root, cursor, toX, xs, left, width };
}

function bounded([low, high], least, most) {
  const margin = (high - low || Math.abs(high) || 1) * 0.04;
  return [Math.max(low - margin, least ?? -Infinity), Math.min(high + margin, most ?? Infinity)];
}

function horizontal(y, [x1, x2], label) {
  return svg(
    "g",
    {},
    svg("line", { class: "chart-grid", x1, x2, y1: y, y2: y }),
    text(label, { x: x1 - 8, y: y + 4, "text-anchor": "end" }),
  );
}

function markAt(x, { name, isLow = false }, { width, height }) {
  const isLate = x > width - EDGE.right - 50; // its name stands before the line
  return svg(
    "g",
    { class: "chart-mark" },
    svg("line", { x1: x, x2: x, y1: EDGE.top, y2: height - EDGE.bottom }),
    text(name, { x: isLate ? x - 4 : x + 4, y: isLow ? height - EDGE.bottom - 6 : EDGE.top + 10, "text-anchor": isLate ? "end" : "start" }),
  );
}

function lineOf({ points, isFaint = false, isDots = false }, index, toX, toY) {
  const places = points.map(([x, y]) => [toX(x).toFixed(1), toY(y).toFixed(1)]);
  const r = isDots ? 4.5 : 2.5;
  const dots = points.length <= DOTS_UP_TO ? places.map(([cx, cy]) => svg("circle", { cx, cy, r })) : [];
  const line = svg("polyline", { points: places.map((place) => place.join(",")).join(" ") });
  const kind = isFaint ? " faint" : isDots ? " dots" : "";
  return svg("g", { class: `chart-line series-${index}${kind}` }, line, ...(isFaint ? [] : dots));
}

function text(content, attributes) {
  return svg("text", attributes, content);
}

function showLegend(legend, series, { formatY = String }, x = null) {
  legend.replaceChildren(
    ...series.map((one, index) => {
      const at = x === null ? one.points.length - 1 : nearestIndex(one.points, x);
      const value = html("strong", {}, formatY(one.points[at][1]));
      return html("li", { class: `series-${index}` }, html("span", { class: "swatch" }), `${one.name} `, value);
    }),
  );
}

function followPointer({ root, cursor, toX, xs, left, width }, legend, series, options) {
  const toValue = linearScale([left, width - EDGE.right], xs);
  root.addEventListener("pointermove", (event) => {
    const box = root.getBoundingClientRect();
    const x = toValue(((event.clientX - box.left) / box.width) * width);
    const { points } = series[0];
    const at = toX(points[nearestIndex(points, x)][0]);
    cursor.setAttribute("x1", at);
    cursor.setAttribute("x2", at);
    cursor.setAttribute("visibility", "visible");
    showLegend(legend, series, options, x);
  });
  root.addEventListener("pointerleave", () => {
    cursor.setAttribute("visibility", "hidden");
    showLegend(legend, series, options);
  });
}
