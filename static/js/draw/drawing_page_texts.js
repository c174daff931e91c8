/* Texts of the drawing page. Pure. */
import { bestLabels, capitalize, formatConfidence, formatLabel, formatShortPrediction, withArticle } from "../format_percent_and_labels.js";
import { hasCurrentPrediction, isEmpty, labelOf } from "./drawing_reducer.js";

/** @typedef {import("./drawing_reducer.js").Drawing} Drawing */
/** @typedef {Pick<Prediction, "decision" | "digit" | "confidence" | "probabilities">} ShownPrediction */
/** @typedef {{ title: string, note: string }} Text */

/** @type {Record<string, string>} */
const FAILURES = {
  empty: "The drawing is empty.",
  unreadable: "This file is not a supported image. Use PNG, JPEG or WebP.",
  unsupported: "This file is not a supported image. Use PNG, JPEG or WebP.",
  too_large: "This image is too large.",
  too_many_strokes: "This drawing is full. Undo a stroke or start a new one.",
  too_many_points: "This drawing is full. Undo a stroke or start a new one.",
  rate_limited: "Too many requests. Your drawing is kept and will be sent automatically.",
  unavailable: "The site is busy. Your drawing is kept and will be sent automatically.",
};

const PREVIEW_NOTE = "Predicted on this device. It is stored when you are connected again.";

/**
 * Describe the prediction, the claim or the problem of a drawing.
 * @param {Drawing} drawing
 * @param {ConnectionStatus} connection
 * @param {ShownPrediction | null} [preview] the prediction of the browser; the bars show it, so the words do
 * @returns {Text}
 */
export function describeDrawing(drawing, connection, preview = null) {
  if (preview) return describePreview(preview, connection);
  const { problem, claim, prediction } = drawing;
  if (problem) return { title: "Couldn't be read", note: describeProblem(problem) };
  if (claim !== null) return { title: describeClaim(drawing), note: prediction ? `Predicted: ${formatShortPrediction(prediction)}.` : "" };
  if (prediction && hasCurrentPrediction(drawing)) return describePrediction(prediction);
  if (isEmpty(drawing)) return { title: "", note: "The prediction appears here." };
  return describeWaiting(drawing, connection);
}

/**
 * @param {ShownPrediction} preview
 * @param {ConnectionStatus} connection
 */
function describePreview(preview, { name }) {
  const isConnected = name === "open" || name === "connecting"; // an attempt to connect is no change
  const { title, note } = describePrediction(preview);
  return { title, note: isConnected ? note : PREVIEW_NOTE };
}

/**
 * The old prediction stays until the new one arrives, so that the text does not flicker while drawing.
 * @param {Drawing} drawing
 * @param {ConnectionStatus} connection
 */
function describeWaiting(drawing, connection) {
  const shown = drawing.prediction ? describePrediction(drawing.prediction) : { title: "Recognizing…", note: "" };
  if (connection.name !== "open") return { ...shown, note: "It will be recognized when you are connected again." };
  if (drawing.slowRevision !== drawing.revision) return shown;
  return { ...shown, note: "This is taking longer than usual. You can keep drawing." };
}

/**
 * An unsure prediction names its two candidates. The labels are buttons next to it.
 * @param {ShownPrediction} prediction
 * @returns {Text}
 */
export function describePrediction(prediction) {
  const { decision, digit, confidence } = prediction;
  if (decision === "unsure") return describeCandidates(bestLabels(prediction));
  return { title: capitalize(withArticle(digit)), note: `${capitalize(formatConfidence(confidence))} sure.` };
}

/** @param {{ label: ClassLabel, probability: number }[]} candidates */
function describeCandidates(candidates) {
  const [first, second] = candidates.map(({ label }) => formatLabel(label));
  const percents = candidates.map(({ probability }) => formatConfidence(probability));
  return { title: `${capitalize(first)} or ${second}?`, note: `${capitalize(percents.join(" or "))}.` };
}

/** @param {import("./drawing_reducer.js").Problem} problem */
export function describeProblem({ code, detail }) {
  return FAILURES[code] ?? (detail || "Recognition failed. Try again or redraw.");
}

/**
 * Describe why an uploaded picture has no raster.
 * @param {Pick<ApiDrawing, "status" | "error">} item
 */
export function describeMissingPicture({ status, error }) {
  return status === "failed" ? describeProblem({ revision: 0, code: error ?? "", detail: "" }) : "Not recognized yet.";
}

/**
 * Return the announcement of a new state for screen readers, or "" if there is nothing new.
 * @param {Drawing} drawing
 * @param {ConnectionStatus} connection
 */
export function formatAnnouncement(drawing, connection) {
  if (!drawing.problem && !hasCurrentPrediction(drawing)) return "";
  const { title, note } = describeDrawing(drawing, connection);
  return `${title}. ${note}`;
}

/** @param {Pick<Drawing, "claim" | "prediction">} drawing */
export function describeClaim({ claim, prediction }) {
  if (claim === null) return "";
  const isConfirmed = claim !== "not_a_digit" && prediction?.decision !== "not_a_digit" && prediction?.digit === claim;
  return isConfirmed ? `Yes, ${withArticle(claim)}` : `Your label: ${withArticle(claim)}`;
}

/** @type {Partial<Record<ConnectionName, string>>} the others show nothing: a dialog reports them, or all is well */
const CONNECTION_TEXT = {
  lost: "Not connected.",
  offline: "Not connected.",
  forbidden: "Sign in to draw.",
  too_many_connections: "Too many tabs of this page are open. Close some of them.",
  too_many_guests: "Too many visitors are drawing right now; trying again…",
  not_found: "This page no longer exists.",
};

/**
 * @param {ConnectionStatus} connection
 * @param {number} count of the drawings that wait for the connection
 */
export function describeConnection({ name }, count) {
  const text = CONNECTION_TEXT[name] ?? "";
  if (!text || name === "forbidden" || name === "not_found") return text;
  if (count === 0) return name === "lost" ? `${text} Reconnecting…` : text;
  return `${text} ${count === 1 ? "1 drawing waits" : `${count} drawings wait`} and will be sent later.`;
}

/** @param {number | null | undefined} ms */
export function formatLatency(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms >= 10_000) return `${Math.round(ms / 1000)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/**
 * Return the caption of a recent drawing: "7", "7?", "not a digit", "…" or "failed".
 * @param {Pick<ApiDrawing, "status" | "prediction" | "claim">} item
 */
export function describeRecent({ status, prediction, claim }) {
  if (claim !== null) return formatLabel(claim);
  if (status === "failed") return "failed";
  if (!prediction) return "…";
  return prediction.decision === "unsure" ? `${prediction.digit}?` : formatLabel(labelOf(prediction));
}
