/* What the page of a run says. Pure. */
import { isOpen } from "./state.js";

export function formatPhase({ status, progress, epochs, is_stopping }) {
  if (is_stopping) return "Stopping";
  if (status === "queued") return "Waiting to be taken";
  if (!progress) return "Starting";
  if (progress.phase === "preparing") return "Getting the drawings ready";
  if (progress.phase === "judging") return "Comparing it with the present network";
  if (progress.at >= epochs) return "Putting it together";
  return `Round ${Math.min(Math.floor(progress.at) + 1, epochs)} of ${epochs}`;
}

export function formatRemaining({ progress }) {
  const left = progress?.left_s;
  return left ? `about ${formatDuration(left)} left` : "";
}

export function formatDuration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

export function percent(share, digits = 1) {
  return `${(100 * share).toFixed(digits)} %`;
}

/* 0 to 1; a run that is judged has trained, one that waits has not begun. */
export function progressFraction(run) {
  if (!isOpen(run)) return 1;
  if (run.progress?.phase === "judging") return 1;
  return run.progress?.share ?? run.epoch / run.epochs;
}
