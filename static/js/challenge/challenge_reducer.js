/* The state of a challenge in play. Pure.

   The server decides what comes next and measures the time; the clock of the page continues from the
   elapsed time of the last response, and stops while the page waits. */
import { formatLabel, withArticle } from "../format_percent_and_labels.js";

/** @typedef {{ position: number, digit: number }} Prompt */
/** @typedef {Prompt & { state: "recognized" | "misread" | "skipped" | "pending", predicted: ClassLabel | null }} PromptResult */
/** @typedef {{ id: string, state: "open" | "finished" | "ended", prompts: number, prompt: Prompt | null, results: PromptResult[], elapsed_ms: number }} Challenge */
/** @typedef {{ challenge: Challenge | null, strokes: Stroke[], pointer: string, isWaiting: boolean, error: string, shownAt: number }} ChallengeState */

/** @type {ChallengeState} */
export const INITIAL = { challenge: null, strokes: [], pointer: "", isWaiting: false, error: "", shownAt: 0 };

/**
 * @param {ChallengeState} state
 * @param {any} event
 * @returns {ChallengeState}
 */
export function reduceChallenge(state, event) {
  switch (event.type) {
    case "waiting":
      return { ...state, isWaiting: true, error: "" };
    case "received":
      return { ...INITIAL, challenge: event.challenge, shownAt: event.now };
    case "failed":
      return { ...state, isWaiting: false, error: event.text };
    case "left":
      return INITIAL;
    case "stroke":
      return state.isWaiting ? state : { ...state, strokes: [...state.strokes, event.stroke], pointer: event.pointer };
    case "undo":
      return state.isWaiting || !state.strokes.length ? state : { ...state, strokes: state.strokes.slice(0, -1) };
    case "clear":
      return state.isWaiting || !state.strokes.length ? state : { ...state, strokes: [] };
    default:
      return state;
  }
}

/** @param {ChallengeState} state */
export function canSend({ challenge, strokes, isWaiting }) {
  return Boolean(challenge?.prompt) && strokes.length > 0 && !isWaiting;
}

/**
 * Return the time that the clock shows, in milliseconds.
 * @param {ChallengeState} state
 * @param {number} now
 */
export function elapsedMs({ challenge, shownAt }, now) {
  if (!challenge) return 0;
  return challenge.elapsed_ms + (challenge.prompt ? Math.max(0, now - shownAt) : 0);
}

/** @param {number} ms */
export function formatSeconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** @param {Prompt} prompt */
export function formatPrompt({ digit }) {
  return `Draw ${withArticle(digit)}`;
}

/**
 * Return the state of each prompt for the row of marks.
 * @param {Challenge} challenge
 * @returns {{ state: string, text: string, description: string }[]}
 */
export function listMarks({ prompts, prompt, results }) {
  return Array.from({ length: prompts }, (_, position) => {
    const result = results.find((one) => one.position === position);
    if (result) return { state: result.state, text: String(result.digit), description: describeResult(result) };
    const isCurrent = prompt?.position === position;
    const text = String(position + 1);
    return { state: isCurrent ? "current" : "open", text: "·", description: isCurrent ? `Prompt ${text}, current` : `Prompt ${text}` };
  });
}

/** @param {PromptResult | undefined} result */
export function describeResult(result) {
  if (!result) return "";
  const { digit, state, predicted } = result;
  if (state === "recognized") return `✓ ${digit} was recognized.`;
  if (state === "skipped") return `${digit} was skipped.`;
  if (state === "pending") return `${digit}: no prediction yet.`;
  if (predicted === null) return `✗ ${digit} could not be recognized.`;
  return `✗ ${digit} was misread as ${formatLabel(predicted)}.`;
}
