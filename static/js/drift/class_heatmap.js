/* Shares of classes by day: a row a class, a column a day, the darker the more. */
import { html, svg } from "../dom.js";
import { createTable } from "../charts/data_table.js";

const ROW = 20;
const LEFT = 62;
const RIGHT = 14;
const BOTTOM = 26;
const STEPS = 4;

export function createClassHeatmap(figure, { title, rows, marks, formatX, formatY }) {
  const plot = html("div", { class: "chart-plot" });
  const table = html("details", { class: "chart-table" }, html("summary", {}, "As a table"));
  table.addEventListener("toggle", () => table.children[1] ?? table.append(createTable(rows, { title, xName: "day", formatX, formatY })));
  figure.replaceChildren(html("figcaption", {}, title), plot, table);
  const draw = () => plot.replaceChildren(picture(plot.clientWidth, { title, rows, marks, formatX, formatY }));
  new ResizeObserver(() => plot.clientWidth !== Number(plot.firstChild?.getAttribute("width")) && draw()).observe(figure);
  draw();
}

function picture(width, { title, rows, marks, formatX, formatY }) {
  const points = rows[0].points;
  const days = Math.max(...points.map(([x]) => x), ...marks.map(({ x }) => x), 1) + 1;
  const step = (width - LEFT - RIGHT) / days;
  const height = ROW * rows.length;
  const most = Math.max(...rows.flatMap((row) => row.points.map(([, y]) => y)));
  const attributes = { viewBox: `0 0 ${width} ${height + BOTTOM}`, width, height: height + BOTTOM, role: "img", "aria-label": title };
  return svg(
    "svg",
    attributes,
    svg("rect", { class: "mix-back", x: LEFT, y: 0, width: step * days, height }),
    ...rows.map((row, place) => svg("text", { x: LEFT - 8, y: place * ROW + 14, "text-anchor": "end" }, row.name)),
    ...rows.flatMap((row, place) => row.points.map(([x, y]) => cell({ row, place, x, y }))),
    ...labelled(days).map((x) => svg("text", { x: LEFT + (x + 0.5) * step, y: height + 18, "text-anchor": "middle" }, formatX(x))),
    ...marks.map(({ x }) => svg("g", { class: "chart-mark" }, svg("line", { x1: LEFT + (x + 0.5) * step, x2: LEFT + (x + 0.5) * step, y1: 0, y2: height }))),
  );

  function cell({ row, place, x, y }) {
    const box = { x: LEFT + x * step, y: place * ROW + 1, width: Math.max(step - 0.5, 1), height: ROW - 2 };
    const says = svg("title", {}, `${formatX(x)}, ${row.name}: ${formatY(y)}`);
    return svg("rect", { class: "mix-cell", ...box, "fill-opacity": (y / most).toFixed(3) }, says);
  }
}

function labelled(days) {
  const last = days - 1;
  return Array.from({ length: STEPS + 1 }, (_, index) => Math.round((index * last) / STEPS));
}
