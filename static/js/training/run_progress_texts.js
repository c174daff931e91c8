/* Texts of the training pages. Pure. */
import { isActive } from "./run_state_reducer.js";

/** @typedef {import("./run_state_reducer.js").Run} Run */

/** @param {Run} run */
export function formatPhase({ status, progress, epochs, is_stopping }) {
  if (is_stopping) return "Stopping";
  if (status === "queued") return "Waiting for a worker";
  if (!progress) return "Starting";
  if (progress.phase === "preparing") return "Preparing the drawings";
  if (progress.phase === "evaluating") return "Evaluating against the champion";
  if (progress.epoch_progress >= epochs) return "Saving the model";
  return `Epoch ${Math.min(Math.floor(progress.epoch_progress) + 1, epochs)} of ${epochs}`;
}

/** @param {Pick<Run, "progress">} run */
export function formatRemaining({ progress }) {
  return progress?.remaining_s ? `about ${formatDuration(progress.remaining_s)} left` : "";
}

/** @param {number} seconds */
export function formatDuration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/**
 * Return the progress of a run, 0 to 1.
 * @param {Run} run
 */
export function progressFraction(run) {
  if (!isActive(run)) return 1;
  if (run.progress?.phase === "evaluating") return 1;
  return run.progress?.fraction ?? run.epoch / run.epochs;
}
