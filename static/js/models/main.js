/* The page of one network, or of two over each other: its charts, which confusions are shown, the
   drawings of a confusion in a dialog. */
import { lineChart } from "../charts/line_chart.js";
import { chartsOf } from "./model_charts.js";
import { followReading } from "./scroll_spy.js";
import { openMistakes } from "./misclassified_dialog.js";
import { choosePanel } from "./confusion_tabs.js";

const state = JSON.parse(document.getElementById("state").textContent);

for (const [name, { options, data }] of Object.entries(chartsOf(state))) {
  const figure = document.querySelector(`[data-chart="${CSS.escape(name)}"]`);
  if (figure) lineChart(figure, options).show(data);
}
followReading(document.querySelector(".model-contents"));
choosePanel(document.querySelector("[data-confusions]"));
openMistakes(document.querySelector("[data-mistakes]"));
