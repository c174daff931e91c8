/* The page of drift: its charts, a day a point, a line wherever another network began to answer. */
import { createLineChart } from "../charts/line_chart.js";
import { modelChangeMarks, classShares, seriesPoints, formatDay } from "./series.js";
import { createClassHeatmap } from "./class_heatmap.js";

const { days, models } = JSON.parse(document.getElementById("state").textContent);
const percent = (y) => `${Math.round(y * 1000) / 10} %`;
const x = [0, Math.max(days.length - 1, 1)];
const marks = modelChangeMarks(days, models);
const shared = { xName: "day", x, formatX: (at) => formatDay(days[Math.round(at)]?.date), least: 0 };

const CHARTS = {
  answered: { title: "Drawings a day", lines: [["drawings", "answered"]], formatY: (y) => String(Math.round(y)) },
  sure: { title: "How sure the answers are", lines: [["on average", "confidence"]], formatY: percent, most: 1, least: undefined },
  unsure: { title: "Unsure, and not a digit", lines: [["unsure", "unsure"], ["not a digit", "not_a_digit"]], formatY: percent },
  corrections: { title: "Put right, of what people commented on", lines: [["put right", "corrections"]], formatY: percent },
  distance: { title: "Distance from what the network knows", lines: [["on average", "distance"]], formatY: (y) => y.toFixed(3) },
};

for (const [name, { lines, ...options }] of Object.entries(CHARTS)) {
  const figure = document.querySelector(`[data-chart="${name}"]`);
  const series = lines.map(([title, field]) => ({ name: title, points: seriesPoints(days, field) }));
  createLineChart(figure, { ...shared, ...options }).show({ series, marks });
}
createClassHeatmap(document.querySelector("[data-mix]"), { title: "Which digits are drawn", rows: classShares(days), marks, formatX: shared.formatX, formatY: percent });
