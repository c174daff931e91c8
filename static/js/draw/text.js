/* What the page says, in plain words. Pure. */
import { hasCurrentPrediction, isEmpty } from "./drawing.js";

const FAILURES = {
  empty: "There is nothing drawn on it.",
  unreadable: "This file is not a picture we can read. Try a PNG, JPEG or WebP.",
  unsupported: "This file is not a picture we can read. Try a PNG, JPEG or WebP.",
  too_large: "This picture is too large.",
  too_many_strokes: "That is more than one drawing can hold. Undo a stroke or start a new one.",
  too_many_points: "That is more than one drawing can hold. Undo a stroke or start a new one.",
  too_many: "That was a lot at once. Your ink is kept and goes again by itself.",
  unavailable: "The site cannot take it right now. Your ink is kept and goes again by itself.",
};

/* One line about the answer: { title, note }. */
export function answerWords(drawing, connection) {
  if (drawing.problem) return { title: "No answer", note: problemWords(drawing.problem) };
  if (drawing.label !== null) return { title: labelWords(drawing), note: readWords(drawing.answer) };
  if (hasCurrentPrediction(drawing)) return verdictWords(drawing.answer);
  if (isEmpty(drawing)) return { title: "", note: "The answer appears here." };
  return waitingWords(drawing, connection);
}

/* Until the new answer is here the old one stays, so that quick strokes do not make words flicker. */
function waitingWords(drawing, connection) {
  const shown = drawing.answer ? verdictWords(drawing.answer) : { title: "Reading…", note: "" };
  if (connection.name !== "open") return { ...shown, note: "It will be read when you are connected again." };
  if (drawing.slow !== drawing.revision) return shown;
  return { ...shown, note: "It takes longer than usual. You can go on drawing." };
}

export function verdictWords({ verdict, digit, confidence }) {
  if (verdict === "not_a_digit") return { title: "Not a digit", note: "This does not look like one." };
  if (verdict === "unsure") return { title: `Perhaps ${article(digit)} ${digit}`, note: "Not sure. What is it?" };
  return { title: `${capital(article(digit))} ${digit}`, note: `${capital(percent(confidence))} sure. Is it right?` };
}

function readWords(answer) {
  if (!answer) return "";
  const { verdict, digit, confidence } = answer;
  if (verdict === "not_a_digit") return "The network saw no digit.";
  return `The network read ${article(digit)} ${digit}, ${percent(confidence)} sure.`;
}

export function problemWords({ code, detail }) {
  return FAILURES[code] ?? (detail || "It could not be read. Try again, or draw it anew.");
}

/* What a screen reader hears when the state changes, or "" for nothing new. */
export function formatAnnouncement(drawing, connection) {
  if (!drawing.problem && !hasCurrentPrediction(drawing)) return "";
  const { title, note } = answerWords(drawing, connection);
  return `${title}. ${note}`;
}

/* What was said about the drawing. */
export function labelWords({ label, answer }) {
  if (label === null) return "";
  if (label === "not_a_digit") return "You said: not a digit";
  const isRight = answer && answer.verdict !== "not_a_digit" && answer.digit === label;
  return isRight ? `Yes, ${article(label)} ${label}` : `You said: ${article(label)} ${label}`;
}

export function describeConnection({ name }) {
  return {
    connecting: "",
    open: "",
    lost: "Not connected. Your ink is kept; trying again…",
    signed_out: "You are signed out. Your ink is kept in this tab.",
    refused: "This account may not draw here.",
    crowded: "You have this page open too often. Close some of the others. Your ink is kept; trying again…",
  }[name];
}

export function formatLatency(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms >= 10_000) return `${Math.round(ms / 1000)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

export function percent(share) {
  if (share >= 0.9995) return "over 99.9\u00a0%";
  const digits = share > 0.995 ? 1 : 0;
  return `${(share * 100).toFixed(digits)}\u00a0%`;
}

/* "name@sha" -> its two halves. */
export function parseModelRef(model) {
  const [name, sha = ""] = model.split("@");
  return { name, sha };
}

/* An item of the strip, in words: "7", "perhaps 7", "not a digit", "…"; */
export function describeRecent({ status, prediction, label }) {
  if (label === "not_a_digit") return "not a digit";
  if (label !== null) return String(label);
  if (status === "failed") return "no answer";
  if (!prediction) return "…";
  if (prediction.verdict === "not_a_digit") return "not a digit";
  return prediction.verdict === "unsure" ? `${prediction.digit}?` : String(prediction.digit);
}

function article(digit) {
  return digit === 8 ? "an" : "a";
}

function capital(word) {
  return word[0].toUpperCase() + word.slice(1);
}

