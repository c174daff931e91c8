/* Texts of the review page. Pure. */
import { formatLabel, formatShortPrediction } from "../../format_percent_and_labels.js";

/**
 * 4, "not a digit" or "skipped"
 * @param {ReviewChoice} choice
 */
export function formatChoice(choice) {
  return choice === "skip" ? "skipped" : formatLabel(choice);
}

/** @param {Prediction | null} prediction */
export function formatPrediction(prediction) {
  return prediction ? formatShortPrediction(prediction) : "none";
}

/** @param {ClassLabel | null} claim */
export function formatClaim(claim) {
  return claim === null ? "none" : formatChoice(claim);
}

/** @param {{ today: number, waiting: number | null }} progress */
export function formatProgress({ today, waiting }) {
  const done = `${today} reviewed today`;
  return waiting === null ? done : `${done}, ${waiting} waiting`;
}

/**
 * The announcement of a new item for screen readers. The prediction is left out while it is hidden.
 * @param {ReviewItem} item
 * @param {boolean} isRevealed
 */
export function formatItemAnnouncement(item, isRevealed) {
  const facts = isRevealed ? ` Prediction: ${formatPrediction(item.prediction)}. Claim: ${formatClaim(item.claim)}.` : "";
  return `New drawing. ${item.why}.${facts}`;
}
