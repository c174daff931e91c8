/* Texts of the explanation page. Pure. */
import { capitalize, formatShortPrediction } from "../format_percent_and_labels.js";

/** @type {[RegExp, string][]} */
const LAYER_NAMES = [
  [/^convolution/, "convolution"],
  [/^dense/, "weighted sums"],
  [/^batch normalisation/, "batch normalization"],
  [/ReLU|sigmoid|tanh/, "activation"],
  [/^max pooling/, "max pooling"],
];

/** @param {ShortPrediction} prediction */
export function formatPrediction(prediction) {
  return capitalize(formatShortPrediction(prediction));
}

/**
 * Return a short name of a layer, or null for one that does nothing at inference.
 * @param {string} kind
 */
export function layerName(kind) {
  return LAYER_NAMES.find(([pattern]) => pattern.test(kind))?.[1] ?? null;
}

/**
 * [16, 28, 28] -> "16 maps of 28 × 28"; [128] -> "128 numbers"
 * @param {number[]} shape
 */
export function describeShape(shape) {
  if (shape.length === 1) return `${shape[0].toLocaleString("en-GB")} numbers`;
  const [count, height, width] = shape;
  return height * width === 1 ? `${count} numbers` : `${count} maps of ${height} × ${width}`;
}

/**
 * Describe how a model makes its maps smaller.
 * @param {Pick<Layer, "kind">[]} layers
 */
export function describePooling(layers) {
  if (layers.some(({ kind }) => kind.startsWith("max pooling"))) return "The current model uses max pooling: it keeps the largest value.";
  if (layers.some(({ kind }) => /stride [2-9]/.test(kind))) {
    return "The current model uses a stride of two: its filters move two pixels at a time, which also keeps one of four values.";
  }
  return "The current model uses no pooling.";
}

/**
 * 2, 0.25, −1.3, 12: at most two digits after the decimal point.
 * @param {number} value
 */
export function formatNumber(value) {
  if (Number.isInteger(value)) return String(value).replace("-", "−");
  const digits = Math.abs(value) >= 10 ? 0 : Math.abs(value) >= 1 ? 1 : 2;
  return value.toFixed(digits).replace("-", "−");
}

/**
 * Sources of the training drawings.
 * @type {Record<string, string>}
 */
export const TRAINING_SETS = {
  mnist: "MNIST (US census employees and students, anonymous)",
  pen: "Pen-Based Digits (44 writers on a tablet, anonymous)",
  own: "your own drawings that it was trained on",
  letters: "Omniglot (letters, as examples of drawings that are not digits)",
};
