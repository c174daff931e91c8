/* One run as a page knows it: `(state, message) -> state`. Pure.

   `hello` brings everything anew, so that a page is level again after every lost connection; an
   event that comes twice counts once. */
export const NOTHING = Object.freeze({ run: null, epochs: [], steps: [], log: [], cursor: 0 });

const LISTS = { epoch: "epochs", step: "steps", log: "log" };

export function receive(state, message) {
  if (message.type === "hello") {
    return message.events.reduce(receive, { ...NOTHING, run: message.run });
  }
  if (message.type === "run") return { ...state, run: message.run };
  const list = LISTS[message.type];
  if (!list || message.cursor <= state.cursor) return state;
  return { ...state, [list]: [...state[list], message], cursor: message.cursor };
}

export function isOpen(run) {
  return run.status === "queued" || run.status === "running";
}

/* The lines of the two charts. */
export function lossSeries({ steps, epochs }) {
  return [
    { name: "Within a round", points: steps.map((step) => [step.at, step.loss]) },
    { name: "Whole rounds", points: epochs.map((epoch) => [epoch.epoch, epoch.loss]) },
  ];
}

const SETS = {
  mnist: "Scanned digits",
  pen: "Pen",
  letters: "No digits: letters",
  generated: "No digits: scribbles",
  synthesised: "Digits the computer draws",
  people: "People of the training set",
};

export function accuracySeries({ epochs }) {
  const names = [...new Set(epochs.flatMap((epoch) => Object.keys(epoch.validation)))];
  const line = (name, read) => ({
    name,
    points: epochs.map((epoch) => [epoch.epoch, read(epoch)]).filter((point) => point[1] !== undefined),
  });
  return [
    line("All digits", (epoch) => epoch.accuracy),
    ...names.map((name) => line(SETS[name] ?? name, (epoch) => epoch.validation[name])),
  ];
}
