/* What the page says. Pure. */
const KINDS = [
  [/^convolution/, "window"],
  [/^dense/, "weighed sums"],
  [/^batch normalisation/, "evened out"],
  [/ReLU|sigmoid|tanh/, "positives kept"],
  [/^max pooling/, "shrunk"],
];

/* A label: 0 to 9 or "not_a_digit". */
export function formatLabel(label) {
  return label === "not_a_digit" || label === null ? "no digit" : String(label);
}

export function article(label) {
  if (label === "not_a_digit" || label === null) return "no digit";
  return `${label === 8 ? "an" : "a"} ${label}`;
}

export function percent(share) {
  const rounded = Math.round(share * 100);
  if (rounded === 100 && share < 1) return "over 99 %";
  if (rounded === 0 && share > 0) return "under 1 %";
  return `${rounded} %`;
}

/* An answer in short: { digit (null: no digit), confidence, verdict? }. */
export function answerWords({ digit, confidence, verdict }) {
  const words = digit === null ? "Not a digit" : `${verdict === "unsure" ? "Perhaps a" : "A"}${digit === 8 ? "n" : ""} ${digit}`;
  return `${words}, ${percent(confidence)} sure`;
}

/* What a layer does, for people; null for one that changes nothing when it answers. */
export function layerName(kind) {
  return KINDS.find(([pattern]) => pattern.test(kind))?.[1] ?? null;
}

/* [16, 28, 28] -> "16 maps of 28 × 28"; [128] -> "128 numbers". */
export function describeShape(shape) {
  if (shape.length === 1) return `${shape[0].toLocaleString("en-GB")} numbers`;
  const [count, high, wide] = shape;
  return high * wide === 1 ? `${count} numbers` : `${count} maps of ${high} × ${wide}`;
}

/* How the network makes its maps smaller, by its layers. */
export function describePooling(layers) {
  const isPooled = layers.some(({ kind }) => kind.startsWith("max pooling"));
  const strides = layers.some(({ kind }) => /stride [2-9]/.test(kind));
  if (isPooled) return "The network that answers now keeps the largest.";
  if (strides) return "The network that answers now moves its windows two dots at a time, which keeps one of four as well.";
  return "The network that answers now does without.";
}

/* 2, 0.25, −1.3, 12: no longer than it need be. */
export function number(value) {
  if (Number.isInteger(value)) return String(value).replace("-", "−");
  const rounded = Math.abs(value) >= 10 ? value.toFixed(0) : Math.abs(value) >= 1 ? value.toFixed(1) : value.toFixed(2);
  return rounded.replace("-", "−");
}

/* Where the training drawings come from. */
export const SETS = {
  mnist: "MNIST (American census staff and pupils, anonymous)",
  pen: "Pen-Based Digits (44 writers on a tablet, anonymous)",
  own: "your own, of those it learnt from",
  letters: "Omniglot (letters, so that it learns what is no digit)",
};
