/* Numbers and labels as text. Pure. */

/**
 * 0.256 -> "26 %", with a no-break space.
 * @param {number} fraction
 * @param {number} [digits] after the decimal point
 */
export function formatPercent(fraction, digits = 0) {
  return `${(100 * fraction).toFixed(digits)}\u00a0%`;
}

/**
 * A confidence or probability in percent, in sentences and next to bars. Never "100 %", which would read as
 * certain. recognizer/views/label_and_number_formatting.py does the same.
 * @param {number} confidence
 */
export function formatConfidence(confidence) {
  if (confidence >= 0.9995) return "over 99.9\u00a0%";
  const isNearLimit = confidence >= 0.995 || (confidence >= 0.0005 && confidence < 0.01);
  return formatPercent(confidence, isNearLimit ? 1 : 0);
}

/**
 * Return the probabilities of the ten digits, so that the one of the predicted digit is the confidence. The
 * stored ones are those given that the drawing is a digit; the difference is the probability of "not a digit".
 * @param {Pick<Prediction, "decision" | "digit" | "confidence" | "probabilities">} prediction
 */
export function shownProbabilities({ decision, digit, confidence, probabilities }) {
  if (decision === "not_a_digit") return probabilities.map((probability) => probability * (1 - confidence));
  const best = probabilities[digit ?? 0];
  return best > 0 ? probabilities.map((probability) => (probability / best) * confidence) : probabilities;
}

/**
 * 8 -> "an 8", "not_a_digit" -> "not a digit"
 * @param {ClassLabel | null} label
 */
export function withArticle(label) {
  if (label === "not_a_digit" || label === null) return "not a digit";
  return `${label === 8 ? "an" : "a"} ${label}`;
}

/** @param {string} text */
export function capitalize(text) {
  return text[0].toUpperCase() + text.slice(1);
}
