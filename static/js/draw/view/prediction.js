/* The answer as large as the drawing, and what was said about it: a tick, or a red correction. */
import { digitPath, digitSvg, MARKS } from "./digit_glyphs.js";
import { predictedLabel, isWaiting } from "../drawing.js";
import { answerWords } from "../text.js";

export function createPredictionView(root) {
  const [figures, title, note, progress] = ["figures", "title", "note", "progress"].map((name) =>
    root.querySelector(`[data-answer-${name}]`),
  );
  let shown = "";
  return ({ drawing, connection }) => {
    const words = answerWords(drawing, connection);
    root.dataset.state = stateOf(drawing);
    title.textContent = words.title;
    note.textContent = words.note;
    progress.hidden = !(isWaiting(drawing) && drawing.slow === drawing.revision);
    const key = figureKey(drawing);
    if (key !== shown) figures.replaceChildren(...figuresOf(drawing));
    shown = key;
  };
}

function stateOf(drawing) {
  if (drawing.problem) return "failed";
  if (isWaiting(drawing)) return drawing.answer ? "revising" : "waiting";
  if (!drawing.answer) return "empty";
  if (drawing.label !== null) return isConfirmed(drawing) ? "confirmed" : "corrected";
  return drawing.answer.verdict;
}

function isConfirmed(drawing) {
  return drawing.label === predictedLabel(drawing);
}

/* Written anew only when what is written changes, not with every revised probability. */
function figureKey(drawing) {
  const { answer, label, ref } = drawing;
  return answer ? `${ref} ${answer.verdict} ${answer.digit} ${label}` : "";
}

function figuresOf(drawing) {
  if (!drawing.answer) return [];
  const { verdict } = drawing.answer;
  const main = digitSvg(digitPath(predictedLabel(drawing)), `main ${verdict}`);
  if (drawing.label === null) {
    return verdict === "unsure" ? [main, digitSvg(MARKS.question, "corner doubt")] : [main];
  }
  if (isConfirmed(drawing)) return [main, digitSvg(MARKS.tick, "corner tick")];
  const correction = digitSvg(digitPath(drawing.label), "corner correction");
  return [main, digitSvg(MARKS.strike, "main strike"), correction];
}
