/* What each chart of a page of networks shows: { name: { options, data } }. Pure.

   state: { models: [{ name, loss, accuracy: { set: points }, robustness: { change: points },
   calibration }], sets: { set: title }, changes: { change: { title, x, sign, usual } } } */
const SQUARE = 300;
const SETTLED = 0.1; // what comes before this part of the rounds would press the rest flat

export function buildModelCharts({ models, sets, changes }) {
  return {
    loss: lossChart(models),
    ...(models.length === 1 ? { accuracy: setsChart(models[0], sets) } : setCharts(models, sets)),
    calibration: calibrationChart(models),
    ...(models.length === 1 ? { fifteenths: fifteenthsChart(models[0]) } : {}),
    ...bearingCharts(models, changes),
  };
}

/* As many digits as two values this far apart need. */
export function percent(y, step = 0.001) {
  const isWhole = (times) => Math.abs(step * times - Math.round(step * times)) < 1e-6;
  return `${(100 * y).toFixed(isWhole(100) ? 0 : isWhole(1000) ? 1 : 2)} %`;
}

const rounds = { xName: "rounds", formatX: (x) => String(Math.round(x)) };
const right = { least: 0, most: 1, formatY: percent };
const notKept = "Not kept for this network.";

function lossChart(models) {
  return {
    options: { ...rounds, title: "Error while it learnt (loss)", least: 0, formatY: (y) => y.toFixed(3), empty: notKept },
    data: { series: seriesOf(models, (one) => one.loss) },
  };
}

function setsChart(model, sets) {
  const series = Object.entries(sets).map(([name, title]) => ({ name: title, points: model.accuracy[name] ?? [] }));
  return { options: { ...rounds, ...right, y: settledRange(series), title: "Right answers on the trial", empty: notKept }, data: { series } };
}

function setCharts(models, sets) {
  const charts = Object.entries(sets).map(([name, title]) => {
    const series = seriesOf(models, (one) => one.accuracy[name] ?? []);
    return [
      `accuracy:${name}`,
      { options: { ...rounds, ...right, y: settledRange(series), title: `Right answers: ${title}`, empty: notKept }, data: { series } },
    ];
  });
  return Object.fromEntries(charts);
}

function calibrationChart(models) {
  const series = seriesOf(models, (one) => one.calibration).map((one) => ({ ...one, isDots: true }));
  const from = floorOf(series.flatMap((one) => one.points.flat()), 0.05);
  const line = { name: "as right as it is sure", points: [[from, from], [1, 1]], isFaint: true };
  return {
    options: { ...right, title: "How often it is right, by how sure it is", xName: "sure", x: [from, 1], y: [from, 1], formatX: (x) => percent(x, 0.01), height: SQUARE, empty: notKept },
    data: { series: series.some((one) => one.points.length) ? [...series, line] : [] },
  };
}

function fifteenthsChart({ calibration }) {
  const of = (place) => calibration.map((bin, index) => [index + 1, bin[place]]);
  const y = [floorOf(calibration.flat(), 0.05), 1];
  return {
    options: { ...right, y, title: "A fifteenth of the drawings at a time", xName: "from the least sure to the surest", formatX: String, height: SQUARE },
    data: { series: [{ name: "how right", points: of(1) }, { name: "how sure", points: of(0) }] },
  };
}

function bearingCharts(models, changes) {
  const all = models.flatMap((one) => Object.values(one.robustness).flat().map(([, y]) => y));
  const y = [floorOf(all, 0.1), 1];
  const charts = Object.entries(changes).map(([name, { title, x, sign, usual }]) => [
    name,
    {
      options: { ...right, title, xName: x, y, xTicks: everySecond(models, name), formatX: (at) => `${String(at).replace("-", "−")}${sign}`, empty: notKept },
      data: { series: seriesOf(models, (one) => one.robustness[name] ?? []), marks: [{ x: usual, name: "usual", isLow: true }] },
    },
  ]);
  return Object.fromEntries(charts);
}

/* Round numbers would miss what was measured: of 45 degrees either way they leave 0 alone. */
function everySecond(models, name) {
  const points = models.map((one) => one.robustness[name] ?? []).find((one) => one.length) ?? [];
  return points.map(([x]) => x).filter((_, index) => index % 2 === 0);
}

/* The greatest multiple of a step below all values. */
function floorOf(values, step) {
  return values.length ? Math.min(Math.floor(Math.min(...values) / step) * step, 1 - step) : 0;
}

/* From the lowest value after the first rounds up; what was lower lies on the edge. */
function settledRange(series) {
  const late = series.flatMap(({ points }) => points.slice(Math.floor(points.length * SETTLED)).map(([, y]) => y));
  return [floorOf(late, 0.01), 1];
}

/* Two of the same name are told apart by their hash. */
function seriesOf(models, seriesPoints) {
  const names = models.map((one) => one.name.split("@")[0]);
  const isAlike = new Set(names).size < names.length;
  return models.map((one, index) => ({ name: isAlike ? one.name : names[index], points: seriesPoints(one) }));
}
