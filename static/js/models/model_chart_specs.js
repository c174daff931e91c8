/* The charts of a model page as { name: { options, data } }. Pure. */
import { formatAxisPercent } from "../format_percent_and_labels.js";

const SQUARE_HEIGHT = 300;
const WARM_UP_FRACTION = 0.1; // of the epochs: their low accuracy would flatten the rest of the curve

/** @typedef {import("../charts/line_chart.js").ChartOptions} ChartOptions */
/** @typedef {Record<string, { options: ChartOptions, data: { series: Series[], marks?: ChartMark[] } }>} Charts */
/**
 * @typedef {object} ModelCurves every curve is a list of [x, y]
 * @property {string} name unique, for the legend
 * @property {number[][]} loss
 * @property {Record<string, number[][]>} accuracy by evaluation set
 * @property {Record<string, number[][]>} robustness by kind of change
 * @property {number[][]} calibration [confidence, accuracy] of fifteen bins
 */
/** @typedef {Record<string, { title: string, x: string, sign: string, usual: number }>} Changes */
/** @typedef {Record<string, string>} SetTitles title of each evaluation set */

/**
 * @param {{ models: ModelCurves[], sets: SetTitles, changes: Changes }} state one model, or two to compare
 * @returns {Charts}
 */
export function buildModelCharts({ models, sets, changes }) {
  return {
    loss: lossChart(models),
    ...(models.length === 1 ? { accuracy: accuracyChart(models[0], sets) } : accuracyCharts(models, sets)),
    calibration: calibrationChart(models),
    ...(models.length === 1 ? { fifteenths: calibrationBinsChart(models[0]) } : {}),
    ...robustnessCharts(models, changes),
  };
}

const epochAxis = { xName: "epochs", formatX: (/** @type {number} */ x) => String(Math.round(x)) };
const accuracyAxis = { min: 0, max: 1, formatY: formatAxisPercent };
const empty = "Not recorded for this model.";

/** @param {ModelCurves[]} models */
function lossChart(models) {
  return {
    options: { ...epochAxis, title: "Training loss", baseline: 0, min: 0, formatY: (/** @type {number} */ y) => y.toFixed(3), empty },
    data: { series: seriesOf(models, (model) => model.loss) },
  };
}

/**
 * @param {ModelCurves} model
 * @param {SetTitles} sets
 */
function accuracyChart(model, sets) {
  const series = Object.entries(sets).map(([name, title]) => ({ name: title, points: model.accuracy[name] ?? [] }));
  return {
    options: { ...epochAxis, ...accuracyAxis, y: rangeAfterWarmUp(series), title: "Validation accuracy", empty },
    data: { series },
  };
}

/**
 * One chart for each evaluation set, with a line for each model.
 * @param {ModelCurves[]} models
 * @param {SetTitles} sets
 * @returns {Charts}
 */
function accuracyCharts(models, sets) {
  const charts = Object.entries(sets).map(([name, title]) => {
    const series = seriesOf(models, (model) => model.accuracy[name] ?? []);
    const options = { ...epochAxis, ...accuracyAxis, y: rangeAfterWarmUp(series), title: `Validation accuracy: ${title}`, empty };
    return [`accuracy:${name}`, { options, data: { series } }];
  });
  return Object.fromEntries(charts);
}

/** @param {ModelCurves[]} models */
function calibrationChart(models) {
  const series = seriesOf(models, (model) => model.calibration).map((one) => ({ ...one, isDots: true }));
  const from = floorOf(series.flatMap((one) => one.points.flat()), 0.05);
  const diagonal = { name: "perfectly calibrated", points: [[from, from], [1, 1]], isFaint: true };
  return {
    options: {
      ...accuracyAxis,
      title: "Accuracy by confidence",
      xName: "confidence",
      x: [from, 1],
      y: [from, 1],
      formatX: (/** @type {number} */ x) => formatAxisPercent(x, 0.001),
      height: SQUARE_HEIGHT,
      empty,
    },
    data: { series: series.some((one) => one.points.length) ? [...series, diagonal] : [] },
  };
}

/** @param {ModelCurves} model */
function calibrationBinsChart({ calibration }) {
  const column = (/** @type {number} */ index) => calibration.map((bin, place) => [place + 1, bin[index]]);
  return {
    options: {
      ...accuracyAxis,
      y: [floorOf(calibration.flat(), 0.05), 1],
      title: "Calibration bins (one fifteenth of the drawings each)",
      xName: "bins, by increasing confidence",
      formatX: String,
      height: SQUARE_HEIGHT,
    },
    data: { series: [{ name: "accuracy", points: column(1) }, { name: "confidence", points: column(0) }] },
  };
}

/**
 * @param {ModelCurves[]} models
 * @param {Changes} changes
 * @returns {Charts}
 */
function robustnessCharts(models, changes) {
  const values = models.flatMap((model) => Object.values(model.robustness).flat().map(([, y]) => y));
  const y = [floorOf(values, 0.1), 1];
  const charts = Object.entries(changes).map(([name, { title, x: xName, sign, usual }]) => {
    const formatX = (/** @type {number} */ x) => `${String(x).replace("-", "−")}${sign}`;
    return [
      name,
      {
        options: { ...accuracyAxis, title, xName, y, xTicks: everySecondX(models, name), formatX, empty },
        data: { series: seriesOf(models, (model) => model.robustness[name] ?? []), marks: [{ x: usual, name: "usual", isLow: true }] },
      },
    ];
  });
  return Object.fromEntries(charts);
}

/**
 * Return ticks at measured points. Round ticks would miss them: between -45 and 45 degrees only 0.
 * @param {ModelCurves[]} models
 * @param {string} name
 */
function everySecondX(models, name) {
  const points = models.map((model) => model.robustness[name] ?? []).find((one) => one.length) ?? [];
  return points.map(([x]) => x).filter((_, index) => index % 2 === 0);
}

/**
 * Return the largest multiple of `step` below all values, at most 1 - step.
 * @param {number[]} values
 * @param {number} step
 */
function floorOf(values, step) {
  return values.length ? Math.min(Math.floor(Math.min(...values) / step) * step, 1 - step) : 0;
}

/**
 * Return the y range of the epochs after the warm-up; lower values are drawn on the edge.
 * @param {Series[]} series
 */
function rangeAfterWarmUp(series) {
  const late = series.flatMap(({ points }) => points.slice(Math.floor(points.length * WARM_UP_FRACTION)).map(([, y]) => y));
  return [floorOf(late, 0.01), 1];
}

/**
 * @param {ModelCurves[]} models
 * @param {(model: ModelCurves) => number[][]} pointsOf
 * @returns {Series[]}
 */
function seriesOf(models, pointsOf) {
  return models.map((model) => ({ name: model.name, points: pointsOf(model) }));
}
