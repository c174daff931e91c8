/* The drift page: one point for each day, and a vertical line at each change of the champion. */
import "../site.js";
import { createLineChart } from "../charts/line_chart.js";
import { partsOf, readJson } from "../dom.js";
import { createClassHeatmap } from "./class_heatmap.js";
import { classShares, formatDay, formatShare, modelChangeMarks, seriesPoints } from "./daily_chart_series.js";

const { days, models } = readJson("state");
const part = partsOf(document);
const marks = modelChangeMarks(days, models);
const shared = {
  xName: "day",
  x: [0, Math.max(days.length - 1, 1)],
  formatX: (/** @type {number} */ x) => formatDay(days[Math.round(x)]?.date),
  baseline: 0,
  min: 0,
};

/** @type {Record<string, import("../charts/line_chart.js").ChartOptions & { lines: string[][] }>} */
const CHARTS = {
  predicted: { title: "Predictions per day", lines: [["predictions", "predicted"]], formatY: (y) => String(Math.round(y)) },
  sure: { title: "Mean confidence", lines: [["mean", "confidence"]], formatY: formatShare, max: 1, baseline: undefined },
  unsure: { title: "Unsure and not a digit", lines: [["unsure", "unsure"], ["not a digit", "not_a_digit"]], formatY: formatShare },
  corrections: { title: "Corrected predictions (of drawings with a claim)", lines: [["corrected", "corrections"]], formatY: formatShare },
  distance: { title: "Mean embedding distance", lines: [["mean", "distance"]], formatY: (y) => y.toFixed(3) },
};

for (const [name, { lines, ...options }] of Object.entries(CHARTS)) {
  const series = lines.map(([title, metric]) => ({ name: title, points: seriesPoints(days, metric) }));
  createLineChart(part(`chart="${name}"`), { ...shared, ...options }).show({ series, marks });
}
createClassHeatmap(part("mix"), { title: "Predicted classes", rows: classShares(days), marks, formatX: shared.formatX, formatY: formatShare });
