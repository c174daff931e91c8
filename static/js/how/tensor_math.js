/* The arithmetic of the page: pictures and numbers as they travel, windows, shrinking, gaps. Pure.
   A picture is a Float32Array of side × side numbers, row by row. */
export const SIDE = 28;

export function decodeBase64(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/* Rasters behind each other in one string, each of SIDE × SIDE bytes. */
export function decodeRasters(base64) {
  return chunk(decodeBase64(base64), SIDE * SIDE);
}

/* { size: [k, h, w], scale, data } -> k maps of { high, wide, bytes }: 128 stands for nought. */
export function decodeMaps({ size, data }) {
  const [high, wide] = size.slice(-2);
  return chunk(decodeBase64(data), high * wide).map((bytes) => ({ high, wide, bytes }));
}

/* The numbers that such bytes stand for. */
export function dequantize(bytes, scale) {
  return Float32Array.from(bytes, (byte) => ((byte - 128) / 127) * scale);
}

function chunk(bytes, length) {
  return Array.from({ length: bytes.length / length }, (_, place) => bytes.subarray(place * length, (place + 1) * length));
}

/* Bytes for numbers of any sign; the largest of either sign becomes 1 or 255. */
export function quantize(values) {
  const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return Uint8Array.from(values, (value) => Math.round(128 + (127 * value) / scale));
}

/* What a window of k × k sees when its middle lies on (row, column); beyond the edge all is blank. */
export function weightedWindow(picture, side, k, row, column) {
  const reach = Math.floor(k / 2);
  return Array.from({ length: k * k }, (_, place) => {
    const y = row + Math.floor(place / k) - reach;
    const x = column + (place % k) - reach;
    return y < 0 || x < 0 || y >= side || x >= side ? 0 : picture[y * side + x];
  });
}

/* window: k rows of k numbers -> the sums at every place, as large as the picture. */
export function convolve(picture, side, window) {
  const weights = window.flat();
  return Float32Array.from({ length: side * side }, (_, place) => {
    const seen = weightedWindow(picture, side, window.length, Math.floor(place / side), place % side);
    return dotProduct(seen, weights);
  });
}

export function dotProduct(seen, weights) {
  return seen.reduce((sum, value, place) => sum + value * weights[place], 0);
}

export function relu(picture) {
  return picture.map((value) => Math.max(0, value));
}

/* Where the largest number is: { row, column }. */
export function argmax2d(picture, side = SIDE) {
  const at = picture.indexOf(Math.max(...picture));
  return { row: Math.floor(at / side), column: at % side };
}

/* The four that become one, row by row. */
export function pool2x2(picture, side, row, column) {
  const at = 2 * row * side + 2 * column;
  return [picture[at], picture[at + 1], picture[at + side], picture[at + side + 1]];
}

/* Half the side: of every four "the largest", or "the first" (a stride of two). */
export function downsample(picture, side, how) {
  const half = Math.floor(side / 2);
  return Float32Array.from({ length: half * half }, (_, place) => {
    const four = pool2x2(picture, side, Math.floor(place / half), place % half);
    return how === "largest" ? Math.max(...four) : four[0];
  });
}

export function softmax(logits, temperature = 1) {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp((logit - most) / temperature));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/* The score of each output, before it becomes a probability. */
export function computeLogits({ weights, bias, features }) {
  return weights.map((row, output) => dotProduct(features, row) + bias[output]);
}

/* The probabilities when some features are hidden; those left count for the hidden ones too, as in
   training. hidden: booleans, or null for none. */
export function computeProbabilities({ weights, bias, features, temperature }, hidden = null) {
  const left = hidden ? hidden.filter((one) => !one).length : features.length;
  const boost = left ? features.length / left : 0;
  const kept = features.map((value, place) => (hidden?.[place] ? 0 : value * boost));
  return softmax(computeLogits({ weights, bias, features: kept }), temperature);
}

/* So many of `count`, each set as likely; `random` is Math.random or one that can be foreseen. */
export function randomMask(count, hiddenCount, random) {
  const order = Array.from({ length: count }, (_, place) => place);
  for (let place = count - 1; place > 0; place -= 1) {
    const other = Math.floor(random() * (place + 1));
    [order[place], order[other]] = [order[other], order[place]];
  }
  const hidden = new Array(count).fill(false);
  for (const place of order.slice(0, hiddenCount)) hidden[place] = true;
  return hidden;
}

/* The mean of numbers and how far they lie from it. */
export function meanAndStd(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, spread: Math.sqrt(square) };
}

/* Layers by the step they belong to: [[layer, …], …]. */
export function groupBySteps(layers) {
  const steps = [];
  for (const layer of layers) (steps[layer.step] ??= []).push(layer);
  return steps;
}
