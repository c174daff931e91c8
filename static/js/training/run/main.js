/* The page of one run: level with the run as long as it is open. */
import { html } from "../../dom.js";
import { createLineChart } from "../../charts/line_chart.js";
import { fetchHtml } from "../../fetch_html.js";
import { openSocket } from "../../realtime/reconnecting_socket.js";
import { accuracySeries, isOpen, lossSeries, NOTHING, receive } from "../state.js";
import { formatRemaining, percent, formatPhase, progressFraction } from "../text.js";

const CONNECTION = {
  lost: "Not connected. The page goes on by itself as soon as you are back.",
  signed_out: "You are logged out. Log in again to go on.",
  crowded: "Too many of your pages are open for this one to stay up to date. Close some of them.",
  refused: "This account may not watch runs.",
  gone: "This run is not there any more.",
};
const LEAST_BAR = 0.01; // of one digit's drawings: less than this is no long bar
const TOLD_MS = 200; // several events that come together are drawn once

const part = (name) => document.querySelector(`[data-${name}]`);
const first = JSON.parse(document.getElementById("state").textContent);
let state = receive(NOTHING, first);
let shownStatus = statusOf(state.run);
let timer = null;

const rounds = { xName: "rounds", formatX: (x) => String(Math.round(x * 10) / 10) };
const charts = {
  loss: createLineChart(document.querySelector('[data-chart="loss"]'), {
    ...rounds, title: "Error while learning (loss)", x: [0, state.run.epochs], least: 0,
    formatY: (y) => y.toFixed(3), empty: "The curve begins with the first steps.",
  }),
  accuracy: createLineChart(document.querySelector('[data-chart="accuracy"]'), {
    ...rounds, title: "Right answers", x: [0, state.run.epochs], least: 0, most: 1,
    formatY: (y, step = 1) => percent(y, step < 0.001 ? 2 : 1), empty: "Measured after each round.",
  }),
};

show();
openSocket({
  path: `/ws/training/${state.run.id}/`,
  onMessage: (message) => {
    state = receive(state, message);
    timer ??= setTimeout(show, TOLD_MS);
  },
  onStatus: ({ name }) => showConnection(name),
});

function show() {
  timer = null;
  showNow(state.run);
  charts.loss.show({ series: lossSeries(state) });
  charts.accuracy.show({ series: accuracySeries(state) });
  showDigits(state.epochs.at(-1)?.by_digit ?? []);
  showLog(state.log);
  if (statusOf(state.run) !== shownStatus) refresh();
}

function showNow(run) {
  part("now").hidden = !isOpen(run);
  const phase = formatPhase(run);
  const knowsMore = run.status === "queued" && part("phase").textContent.startsWith("Waiting for");
  if (!knowsMore && part("phase").textContent !== phase) part("phase").textContent = phase;
  part("left").textContent = formatRemaining(run);
  part("share").value = progressFraction(run);
}

/* All are nearly always right, so the bars show what is wrong, the most of it as a whole bar. */
function showDigits(shares) {
  const wrong = shares.map((share) => (share === null ? 0 : 1 - share));
  const most = Math.max(...wrong, LEAST_BAR);
  const bars = shares.map((share, digit) => {
    const fill = html("span", { class: "bar-fill" });
    fill.style.setProperty("--share", wrong[digit] / most);
    return html(
      "li",
      { class: wrong[digit] === most ? "bar worst" : "bar" },
      html("span", { class: "bar-name" }, String(digit)),
      html("span", { class: "bar-track" }, fill),
      html("span", { class: "bar-value" }, share === null ? "–" : percent(wrong[digit])),
    );
  });
  const nothing = html("li", { class: "muted" }, "Measured after each round.");
  part("digits").replaceChildren(...(bars.length ? bars : [nothing]));
}

function showLog(lines) {
  const list = part("log");
  for (const line of lines.slice(list.querySelectorAll("time").length)) {
    const moment = new Date(line.created_at);
    const time = html("time", { datetime: line.created_at }, moment.toLocaleTimeString());
    list.append(html("li", {}, time, html("span", {}, line.text)));
  }
}

/* What is said in sentences comes from the site, which says it in one place. */
async function refresh() {
  shownStatus = statusOf(state.run);
  const page = await fetchHtml(location.href);
  for (const fresh of page?.querySelectorAll("[data-fresh]") ?? []) {
    const old = document.querySelector(`[data-fresh="${fresh.dataset.fresh}"]`);
    old.replaceWith(document.adoptNode(fresh));
  }
}

function statusOf(run) {
  return `${run.status} ${run.is_stopping} ${run.outcome}`;
}

function showConnection(name) {
  const line = part("connection");
  if (name === "connecting") return;
  line.textContent = CONNECTION[name] ?? "";
  line.hidden = line.textContent === "";
}
