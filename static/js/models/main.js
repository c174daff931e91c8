/* The page of one model, or of two models compared. */
import "../site.js";
import { createLineChart } from "../charts/line_chart.js";
import { partsOf, readJson } from "../dom.js";
import { attachConfusionTabs } from "./confusion_tabs.js";
import { attachMisclassifiedDialog } from "./misclassified_dialog.js";
import { buildModelCharts } from "./model_chart_specs.js";
import { attachScrollSpy } from "./scroll_spy.js";

const part = partsOf(document);

for (const [name, { options, data }] of Object.entries(buildModelCharts(readJson("state")))) {
  const figure = part(`chart="${CSS.escape(name)}"`);
  if (figure) createLineChart(figure, options).show(data);
}
attachScrollSpy(document.querySelector(".model-contents"));
attachConfusionTabs(part("confusions"));
attachMisclassifiedDialog(part("misclassified"));
