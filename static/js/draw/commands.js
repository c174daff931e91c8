/* What buttons and keys do: commands become events for the store. */
import { callApi } from "../api.js";
import { showToast } from "../toast.js";
import { predictedLabel } from "./drawing.js";
import { newRef } from "./uuid.js";
import { labelWords } from "./text.js";

export function commands(store, { upload, resend, help }) {
  const label = (value) => submitClaim(store, value);
  const run = {
    undo: () => store.dispatch({ type: "undone" }),
    redo: () => store.dispatch({ type: "redone" }),
    clear: () => store.dispatch({ type: "cleared", ref: newRef() }),
    new: () => store.dispatch({ type: "renewed", ref: newRef() }),
    retry: () => retry(store, resend),
    yes: () => label(predictedLabel(store.state.drawing)),
    label: (command) => label(command.label),
    upload,
    help,
  };
  return (command) => run[command.type](command);
}

function retry(store, resend) {
  const { picture, ref } = store.state.drawing;
  if (picture) resend();
  else store.dispatch({ type: "retried", ref });
}

function submitClaim(store, value) {
  const before = store.state.drawing;
  if (value === null) return;
  store.dispatch({ type: "labelled", label: value });
  const after = store.state.drawing;
  if (after === before) return;
  if (after.label === null) showToast("Taken back.");
  else showToast(`${labelWords(after)}. Draw the next one.`, { undo: () => takeBack(store, before) });
}

/* Back to what was said before, also when the next drawing has begun. Labelled with what it already
   says takes it back. */
function takeBack(store, { ref, id, label }) {
  const { drawing } = store.state;
  if (drawing.ref === ref) store.dispatch({ type: "labelled", label: label ?? drawing.label });
  else relabel(id, label);
}

async function relabel(id, label) {
  try {
    await callApi(`drawings/${id}/label/`, { method: "POST", body: { label } });
  } catch (problem) {
    showToast(problem.message);
  }
}

/* A button says what it does in data-command, a label button in data-label. */
export function attachCommandButtons(root, run) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-command], [data-label]");
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    const { command, label } = button.dataset;
    if (command) run({ type: command });
    else run({ type: "label", label: label === "not_a_digit" ? label : Number(label) });
  });
}
