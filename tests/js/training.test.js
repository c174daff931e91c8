/* State and texts of a training run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { accuracySeries, lossSeries, EMPTY_STATE, receive } from "../../static/js/training/run_state_reducer.js";
import { formatDuration, formatRemaining, formatPhase, progressFraction } from "../../static/js/training/run_progress_texts.js";

const run = (fields) => ({ id: "r", status: "running", epochs: 4, epoch: 0, progress: null, is_stopping: false, ...fields });
const epoch = (cursor, number) => ({
  type: "epoch", cursor, epoch: number, loss: 1 / number, accuracy: 0.9, by_digit: Array(10).fill(0.9),
  validation: { mnist: 0.95 },
});
const hello = (events, fields = {}) => ({ type: "hello", cursor: 0, run: run(fields), events });

test("hello replaces everything, later events are appended", () => {
  let state = receive(EMPTY_STATE, hello([{ type: "log", cursor: 1, text: "Begun." }, epoch(2, 1)]));
  state = receive(state, epoch(3, 2));
  state = receive(state, { type: "step", cursor: 4, epoch_progress: 2.5, loss: 0.4 });
  assert.deepEqual(state.epochs.map((one) => one.epoch), [1, 2]);
  assert.deepEqual([state.log.length, state.steps.length, state.cursor], [1, 1, 4]);
});

test("an event that arrives twice counts once", () => {
  const state = receive(EMPTY_STATE, hello([epoch(2, 1)]));
  assert.equal(receive(state, epoch(2, 1)), state);
});

test("a hello after a reconnect replaces the state", () => {
  let state = receive(EMPTY_STATE, hello([epoch(2, 1)]));
  state = receive(state, hello([epoch(2, 1), epoch(3, 2)], { epoch: 2 }));
  assert.deepEqual(state.epochs.map((one) => one.epoch), [1, 2]);
  assert.equal(state.run.epoch, 2);
});

test("a run message changes the run only", () => {
  const state = receive(EMPTY_STATE, hello([epoch(2, 1)]));
  const ended = receive(state, { type: "run", run: run({ status: "succeeded" }) });
  assert.equal(ended.run.status, "succeeded");
  assert.equal(ended.epochs, state.epochs);
  assert.equal(receive(state, { type: "resumed", cursor: 9, complete: true }), state);
});

test("the charts have a line for each measured set", () => {
  const state = receive(EMPTY_STATE, hello([epoch(2, 1), { type: "step", cursor: 3, epoch_progress: 1.5, loss: 0.7 }]));
  assert.deepEqual(lossSeries(state).map((one) => one.points), [[[1.5, 0.7]], [[1, 1]]]);
  assert.deepEqual(accuracySeries(state).map((one) => [one.name, one.points]), [
    ["All digits", [[1, 0.9]]], ["Scanned digits", [[1, 0.95]]],
  ]);
});

test("each phase of a run has a text", () => {
  const training = { phase: "training", fraction: 0.3, epoch_progress: 1.2, remaining_s: 100, loss: 1 };
  assert.equal(formatPhase(run({ status: "queued" })), "Waiting for a worker");
  assert.equal(formatPhase(run({})), "Starting");
  assert.equal(formatPhase(run({ progress: training })), "Epoch 2 of 4");
  assert.equal(formatPhase(run({ progress: { ...training, epoch_progress: 4 } })), "Saving the model");
  assert.equal(formatPhase(run({ progress: { phase: "evaluating" } })), "Evaluating against the champion");
  assert.equal(formatPhase(run({ progress: training, is_stopping: true })), "Stopping");
  assert.equal(formatRemaining(run({ progress: training })), "about 2 min left");
  assert.equal(formatRemaining(run({})), "");
});

test("durations are rounded", () => {
  assert.deepEqual([0.2, 40, 89, 200, 4000, 9000].map(formatDuration), ["1 s", "40 s", "89 s", "3 min", "67 min", "2 h 30 min"]);
});

test("the progress is complete while evaluating and after the end", () => {
  assert.equal(progressFraction(run({ epoch: 1 })), 0.25);
  assert.equal(progressFraction(run({ progress: { phase: "training", fraction: 0.3 } })), 0.3);
  assert.equal(progressFraction(run({ progress: { phase: "evaluating" } })), 1);
  assert.equal(progressFraction(run({ status: "failed" })), 1);
});
