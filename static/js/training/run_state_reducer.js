/* The state of the page of a training run: (state, message) -> state. Pure. */

/**
 * @typedef {object} Run
 * @property {string} id
 * @property {string} status
 * @property {number} epoch the last finished one
 * @property {number} epochs how many there will be
 * @property {boolean} is_stopping
 * @property {string | null} gate_result
 * @property {{ phase: string, epoch_progress: number, fraction?: number, remaining_s?: number | null } | null} progress
 *   epoch_progress is a fractional number of epochs
 */
/** @typedef {{ epoch: number, loss: number, accuracy: number, validation: Record<string, number>, by_digit: (number | null)[] }} EpochEvent */
/** @typedef {{ epoch_progress: number, loss: number }} StepEvent */
/** @typedef {{ created_at: string, text: string }} LogEvent */
/** @typedef {{ run: any, epochs: EpochEvent[], steps: StepEvent[], log: LogEvent[], cursor: number }} RunState */

/** @type {Readonly<RunState>} */
export const EMPTY_STATE = Object.freeze({ run: null, epochs: [], steps: [], log: [], cursor: 0 });

/** @type {Record<string, "epochs" | "steps" | "log">} */
const LISTS = { epoch: "epochs", step: "steps", log: "log" };

/**
 * `hello` replaces everything, so that the page is complete after a lost connection. Other events
 * count once, even if they arrive twice.
 * @param {Readonly<RunState>} state
 * @param {any} message
 * @returns {Readonly<RunState>}
 */
export function receive(state, message) {
  if (message.type === "hello") {
    return message.events.reduce(receive, { ...EMPTY_STATE, run: message.run });
  }
  if (message.type === "run") return { ...state, run: message.run };
  const list = LISTS[message.type];
  if (!list || message.cursor <= state.cursor) return state;
  return { ...state, [list]: [...state[list], message], cursor: message.cursor };
}

/** @param {Pick<Run, "status">} run */
export function isActive(run) {
  return run.status === "queued" || run.status === "running";
}

/**
 * @param {Pick<RunState, "steps" | "epochs">} state
 * @returns {Series[]}
 */
export function lossSeries({ steps, epochs }) {
  return [
    { name: "Within an epoch", points: steps.map((step) => [step.epoch_progress, step.loss]) },
    { name: "Whole epochs", points: epochs.map((epoch) => [epoch.epoch, epoch.loss]) },
  ];
}

/** @type {Record<string, string>} */
const VALIDATION_SETS = {
  mnist: "Scanned digits",
  pen: "Pen",
  letters: "No digits: letters",
  generated: "No digits: scribbles",
  doodles: "No digits: doodles",
  icons: "No digits: icons",
  synthetic: "Synthetic digits",
  people: "Holdout users of the training set",
};

/**
 * @param {Pick<RunState, "epochs">} state
 * @returns {Series[]}
 */
export function accuracySeries({ epochs }) {
  const names = [...new Set(epochs.flatMap((epoch) => Object.keys(epoch.validation)))];
  const line = (/** @type {string} */ name, /** @type {(epoch: EpochEvent) => number} */ read) => ({
    name,
    points: epochs.map((epoch) => [epoch.epoch, read(epoch)]).filter((point) => point[1] !== undefined),
  });
  return [
    line("All digits", (epoch) => epoch.accuracy),
    ...names.map((name) => line(VALIDATION_SETS[name] ?? name, (epoch) => epoch.validation[name])),
  ];
}
