/* The page of one network, or of two over each other: its charts, which confusions are shown, the
   drawings of a confusion in a dialog. */
import { createLineChart } from "../charts/line_chart.js";
import { buildModelCharts } from "./model_charts.js";
import { attachScrollSpy } from "./scroll_spy.js";
import { attachMisclassifiedDialog } from "./misclassified_dialog.js";
import { attachConfusionTabs } from "./confusion_tabs.js";

const state = JSON.parse(document.getElementById("state").textContent);

for (const [name, { options, data }] of Object.entries(buildModelCharts(state))) {
  const figure = document.querySelector(`[data-chart="${CSS.escape(name)}"]`);
  if (figure) createLineChart(figure, options).show(data);
}
attachScrollSpy(document.querySelector(".model-contents"));
attachConfusionTabs(document.querySelector("[data-confusions]"));
attachMisclassifiedDialog(document.querySelector("[data-mistakes]"));
