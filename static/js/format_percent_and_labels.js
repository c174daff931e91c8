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
 * The confidence of a prediction in percent. Never "100 %", which would read as certain.
 * @param {number} confidence
 */
export function formatConfidence(confidence) {
  if (confidence >= 0.9995) return "over 99.9\u00a0%";
  return formatPercent(confidence, confidence > 0.995 ? 1 : 0);
}

/**
 * A probability in a column of numbers: at most five characters and the sign.
 * @param {number} probability
 */
export function formatProbability(probability) {
  if (probability >= 0.9995 || probability < 0.0005) return formatPercent(probability);
  return formatPercent(probability, probability < 0.01 || probability > 0.995 ? 1 : 0);
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
