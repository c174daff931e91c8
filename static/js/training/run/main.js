/* The page of one training run: live while the run is active. */
import "../../site.js";
import { createLineChart } from "../../charts/line_chart.js";
import { html, partsOf, readJson, setText } from "../../dom.js";
import { fetchHtml } from "../../fetch_html.js";
import { formatAxisPercent, formatPercent } from "../../format_percent_and_labels.js";
import { showConnectionStatus } from "../../realtime/connection_status.js";
import { openSocket } from "../../realtime/reconnecting_socket.js";
import { accuracySeries, EMPTY_STATE, isActive, lossSeries, receive } from "../run_state_reducer.js";
import { formatPhase, formatRemaining, progressFraction } from "../run_progress_texts.js";

/** @typedef {import("../run_state_reducer.js").Run} Run */
/** @typedef {import("../run_state_reducer.js").LogEvent} LogEvent */

const MIN_BAR_ERROR = 0.01; // a full bar is at least this error rate, so that tiny errors have short bars
const RENDER_DELAY_MS = 200; // events that arrive together are drawn together

const part = partsOf(document);
let state = receive(EMPTY_STATE, readJson("state"));
let shownStatus = statusOf(state.run);
/** @type {number | null} */
let timer = null;

const epochAxis = { xName: "epochs", x: [0, state.run.epochs], formatX: (/** @type {number} */ x) => String(Math.round(x * 10) / 10) };
const charts = {
  loss: createLineChart(part('chart="loss"'), {
    ...epochAxis, title: "Training loss", baseline: 0, min: 0, formatY: (y) => y.toFixed(3), empty: "The curve appears after the first training steps.",
  }),
  accuracy: createLineChart(part('chart="accuracy"'), {
    ...epochAxis, title: "Validation accuracy", baseline: 1, min: 0, max: 1,
    formatY: formatAxisPercent, empty: "Measured after each epoch.",
  }),
};

render();
openSocket({
  path: `/ws/training/${state.run.id}/`,
  onMessage: (message) => {
    state = receive(state, message);
    if (timer === null) timer = setTimeout(render, RENDER_DELAY_MS);
  },
  onStatus: (status) => showConnectionStatus(part("connection"), status),
});

function render() {
  timer = null;
  showProgress(state.run);
  charts.loss.show({ series: lossSeries(state) });
  charts.accuracy.show({ series: accuracySeries(state) });
  showErrorsByDigit(state.epochs.at(-1)?.by_digit ?? []);
  showLog(state.log);
  if (statusOf(state.run) !== shownStatus) refreshSections();
}

/** @param {Run} run */
function showProgress(run) {
  part("now").hidden = !isActive(run);
  const knowsMore = run.status === "queued" && part("phase").textContent.startsWith("Waiting for");
  if (!knowsMore) setText(part("phase"), formatPhase(run)); // the server's text contains the reason for waiting
  part("left").textContent = formatRemaining(run);
  part("share").value = progressFraction(run);
}

/**
 * Show the error rate of each digit as a bar; the highest one is a full bar.
 * @param {(number | null)[]} accuracies
 */
function showErrorsByDigit(accuracies) {
  const errors = accuracies.map((accuracy) => (accuracy === null ? 0 : 1 - accuracy));
  const max = Math.max(...errors, MIN_BAR_ERROR);
  const bars = accuracies.map((accuracy, digit) => {
    const fill = html("span", { class: "bar-fill" });
    fill.style.setProperty("--share", String(errors[digit] / max));
    return html(
      "li",
      { class: errors[digit] === max ? "bar worst" : "bar" },
      html("span", { class: "bar-name" }, String(digit)),
      html("span", { class: "bar-track" }, fill),
      html("span", { class: "bar-value" }, accuracy === null ? "–" : formatPercent(errors[digit], 1)),
    );
  });
  const none = html("li", { class: "muted" }, "Measured after each epoch.");
  part("digits").replaceChildren(...(bars.length ? bars : [none]));
}

/** @param {LogEvent[]} lines */
function showLog(lines) {
  const list = part("log");
  for (const line of lines.slice(list.querySelectorAll("time").length)) {
    const time = html("time", { datetime: line.created_at }, new Date(line.created_at).toLocaleTimeString("en-GB"));
    list.append(html("li", {}, time, html("span", {}, line.text)));
  }
}

/** Replace the sections whose sentences the server writes. */
async function refreshSections() {
  shownStatus = statusOf(state.run);
  const page = await fetchHtml(location.href);
  for (const section of page?.querySelectorAll("[data-fresh]") ?? []) {
    const fresh = /** @type {HTMLElement} */ (section);
    part(`fresh="${fresh.dataset.fresh}"`)?.replaceWith(document.adoptNode(fresh));
  }
}

/** @param {Run} run */
function statusOf(run) {
  return `${run.status} ${run.is_stopping} ${run.gate_result}`;
}
