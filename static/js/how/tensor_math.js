/* The arithmetic of the explanation page: unpacking, convolution, pooling, softmax, dropout. Pure.
   A map is a Float32Array of side*side numbers, row by row. */
export const SIDE = 28;

/** @typedef {{ height: number, width: number, bytes: Uint8Array }} ByteMap height*width bytes; 128 is 0 */

/**
 * @param {string} base64
 * @returns {Uint8Array}
 */
export function decodeBase64(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/**
 * Return rasters of 28*28 bytes; 0 is paper, 255 is ink.
 * @param {string} base64 one or more rasters
 */
export function decodeRasters(base64) {
  return chunk(decodeBase64(base64), SIDE * SIDE);
}

/**
 * Return the maps of a layer, one for each channel.
 * @param {Pick<PackedMaps, "size" | "data">} maps of size [channels, height, width] or [height, width]
 * @returns {ByteMap[]}
 */
export function decodeMaps({ size, data }) {
  const [height, width] = size.slice(-2);
  return chunk(decodeBase64(data), height * width).map((bytes) => ({ height, width, bytes }));
}

/**
 * Decode bytes to signed numbers.
 * @param {Uint8Array} bytes
 * @param {number} scale the number of byte 255
 */
export function dequantize(bytes, scale) {
  return Float32Array.from(bytes, (byte) => ((byte - 128) / 127) * scale);
}

/**
 * @param {Uint8Array} bytes
 * @param {number} length of each chunk
 */
function chunk(bytes, length) {
  return Array.from({ length: bytes.length / length }, (_, index) => bytes.subarray(index * length, (index + 1) * length));
}

/**
 * Return signed numbers as bytes: 128 is 0, the largest absolute value becomes 1 or 255.
 * @param {ArrayLike<number> & Iterable<number>} values
 */
export function quantize(values) {
  const scale = Array.from(values).reduce((max, value) => Math.max(max, Math.abs(value)), 0) || 1;
  return Uint8Array.from(values, (value) => Math.round(128 + (127 * value) / scale));
}

/**
 * Return the k*k numbers of a map around (row, column); 0 outside the map.
 * @param {Float32Array} map side*side
 * @param {number} side
 * @param {number} k
 * @param {number} row
 * @param {number} column
 */
export function windowAt(map, side, k, row, column) {
  const reach = Math.floor(k / 2);
  return Array.from({ length: k * k }, (_, index) => {
    const y = row + Math.floor(index / k) - reach;
    const x = column + (index % k) - reach;
    return y < 0 || x < 0 || y >= side || x >= side ? 0 : map[y * side + x];
  });
}

/**
 * Convolve with stride 1 and zero padding; the result has the size of the map.
 * @param {Float32Array} map side*side
 * @param {number} side
 * @param {number[][]} kernel k*k
 */
export function convolve(map, side, kernel) {
  const weights = kernel.flat();
  return Float32Array.from({ length: side * side }, (_, index) => {
    const values = windowAt(map, side, kernel.length, Math.floor(index / side), index % side);
    return dotProduct(values, weights);
  });
}

/**
 * @param {number[]} values
 * @param {number[]} weights
 */
export function dotProduct(values, weights) {
  return values.reduce((sum, value, index) => sum + value * weights[index], 0);
}

/** @param {Float32Array} map */
export function relu(map) {
  return map.map((value) => Math.max(0, value));
}

/**
 * Return the position of the largest number.
 * @param {Float32Array} map side*side
 * @returns {Position}
 */
export function argmax2d(map, side = SIDE) {
  const index = map.indexOf(Math.max(...map));
  return { row: Math.floor(index / side), column: index % side };
}

/**
 * Return the four input numbers of one pooled number, row by row.
 * @param {Float32Array} map side*side
 * @param {number} side
 * @param {number} row of the pooled map
 * @param {number} column of the pooled map
 */
export function block2x2(map, side, row, column) {
  const index = 2 * row * side + 2 * column;
  return [map[index], map[index + 1], map[index + side], map[index + side + 1]];
}

/**
 * Return a map of half the side.
 * @param {Float32Array} map side*side
 * @param {number} side
 * @param {string} how "largest" of every four (max pooling), or the "first" (a stride of two)
 */
export function pool2x2(map, side, how) {
  const half = Math.floor(side / 2);
  return Float32Array.from({ length: half * half }, (_, index) => {
    const four = block2x2(map, side, Math.floor(index / half), index % half);
    return how === "largest" ? Math.max(...four) : four[0];
  });
}

/** @param {number[]} logits */
export function softmax(logits, temperature = 1) {
  const max = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp((logit - max) / temperature));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** @param {Pick<Head, "weights" | "bias" | "features">} head */
export function computeLogits({ weights, bias, features }) {
  return weights.map((row, output) => dotProduct(features, row) + bias[output]);
}

/**
 * Return the probabilities with some features hidden. As in training, the others are scaled up.
 * @param {Omit<Head, "dropout">} head
 * @param {boolean[] | null} [hidden] one for each feature
 */
export function computeProbabilities({ weights, bias, features, temperature }, hidden = null) {
  const numVisible = hidden ? hidden.filter((isHidden) => !isHidden).length : features.length;
  const boost = numVisible ? features.length / numVisible : 0;
  const scaled = features.map((value, index) => (hidden?.[index] ? 0 : value * boost));
  return softmax(computeLogits({ weights, bias, features: scaled }), temperature);
}

/**
 * Return `count` booleans of which `numHidden` are true, uniformly chosen (Fisher-Yates shuffle).
 * @param {number} count
 * @param {number} numHidden
 * @param {() => number} random in [0, 1)
 */
export function randomMask(count, numHidden, random) {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [order[index], order[other]] = [order[other], order[index]];
  }
  /** @type {boolean[]} */
  const hidden = new Array(count).fill(false);
  for (const index of order.slice(0, numHidden)) hidden[index] = true;
  return hidden;
}

/**
 * Return the mean and the (population) standard deviation.
 * @param {Float32Array} values
 */
export function meanAndStd(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance) };
}

/** @param {number[]} values */
export function argmax(values) {
  return values.indexOf(Math.max(...values));
}

/**
 * Group layers by their step.
 * @param {Layer[]} layers
 */
export function groupBySteps(layers) {
  /** @type {Layer[][]} */
  const steps = [];
  for (const layer of layers) {
    steps[layer.step] ??= [];
    steps[layer.step].push(layer);
  }
  return steps;
}
