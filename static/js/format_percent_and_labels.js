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
 * Return the probabilities of the ten digits and of "not a digit", so that the one of the prediction is the
 * confidence. The stored ones are those given that the drawing is a digit; what is missing to 1 is "not a digit".
 * recognizer/views/label_and_number_formatting.py does the same.
 * @param {Pick<Prediction, "decision" | "digit" | "confidence" | "probabilities">} prediction
 */
export function shownProbabilities({ decision, digit, confidence, probabilities }) {
  if (decision === "not_a_digit") return [...probabilities.map((probability) => probability * (1 - confidence)), confidence];
  const best = probabilities[digit ?? 0];
  if (best <= 0) return [...probabilities, 0];
  const digits = probabilities.map((probability) => (probability / best) * confidence);
  return [...digits, Math.max(0, 1 - digits.reduce((sum, one) => sum + one, 0))];
}

/**
 * Return the labels with the highest probabilities, the best one first.
 * @param {Parameters<typeof shownProbabilities>[0]} prediction
 * @param {number} [count]
 */
export function bestLabels(prediction, count = 2) {
  return shownProbabilities(prediction)
    .map((probability, index) => ({ label: labelOfClass(index), probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, count);
}

/**
 * @param {number} index
 * @returns {ClassLabel}
 */
export function labelOfClass(index) {
  return index < 10 ? index : "not_a_digit";
}

/**
 * "7, 98 % sure", "perhaps 7, 55 %" or "not a digit, 98 % sure"
 * @param {{ decision?: Prediction["decision"], digit: number | null, confidence: number }} prediction
 */
export function formatShortPrediction({ decision, digit, confidence }) {
  const percent = formatConfidence(confidence);
  if (decision === "unsure") return `perhaps ${digit}, ${percent}`;
  return `${formatLabel(decision === "not_a_digit" ? decision : digit)}, ${percent} sure`;
}

/**
 * 8 -> "8", "not_a_digit" and the digit of such a prediction, null, -> "not a digit", "set_aside" -> "excluded"
 * @param {ClassLabel | "set_aside" | null} label
 */
export function formatLabel(label) {
  if (label === "set_aside") return "excluded";
  return label === "not_a_digit" || label === null ? "not a digit" : String(label);
}

/**
 * 8 -> "an 8", "not_a_digit" -> "not a digit"
 * @param {ClassLabel | null} label
 */
export function withArticle(label) {
  const text = formatLabel(label);
  return typeof label === "number" ? `${label === 8 ? "an" : "a"} ${text}` : text;
}

/** @param {string} text */
export function capitalize(text) {
  return text[0].toUpperCase() + text.slice(1);
}

/**
 * A value of a chart in percent; on the axis with as many digits as the distance of two ticks needs.
 * @param {number} y
 * @param {number} [step] distance of two ticks
 */
export function formatAxisPercent(y, step = 0.0001) {
  const isWhole = (/** @type {number} */ times) => Math.abs(step * times - Math.round(step * times)) < 1e-6;
  return formatPercent(y, isWhole(100) ? 0 : isWhole(1000) ? 1 : 2);
}
