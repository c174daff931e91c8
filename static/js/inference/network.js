/* A trained model in the browser: reads a bundle (ml/artifacts/browser_bundle.py describes it) and
   predicts a raster. Pure.

   A map is a Float32Array with the channels of each pixel next to each other. The inner loops run over
   the output channels and skip inputs that are 0, which are about half of them after a ReLU. */
const BUNDLE_VERSION = 1;
const IMAGE_SIZE = 28;
const NUM_DIGITS = 10;
const VALUES_PER_PASS = 4; // of the inner loop of convolutions
const MIN_PROBABILITY = 1e-300; // all ten may underflow

/** @typedef {{ height: number, width: number, channels: number, values: Float32Array }} Maps */

/**
 * @typedef {object} Layer
 * @property {string} kind
 * @property {number} input index of the layer that computes its input; layer 0 is the image
 * @property {number} other second input of "add"
 * @property {[number, number]} window height and width of a convolution
 * @property {number} stride
 * @property {number} padding
 * @property {number} outputs
 * @property {number} size of the window of "max_pool"
 * @property {number} scale of "affine"; of convolutions the position of their scales
 * @property {number} shift
 * @property {number} bias position
 * @property {number} weight position
 */

/**
 * @typedef {object} Network
 * @property {number} temperature
 * @property {number | null} rejection_threshold null for models that cannot predict "not a digit"
 * @property {number} confidence_threshold
 * @property {Layer[]} layers
 * @property {(Kernel | null)[]} kernels of the layers with weights
 */

/** @typedef {{ weights: Float32Array, bias: Float32Array }} Kernel */

/** The fields of a prediction that the page shows.
 * @typedef {Pick<Prediction, "decision" | "digit" | "confidence" | "probabilities">} LocalPrediction
 */

/**
 * @param {ArrayBuffer} bundle
 * @returns {Network}
 */
export function parseBundle(bundle) {
  const headerBytes = new DataView(bundle).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bundle, 4, headerBytes)));
  if (header.version !== BUNDLE_VERSION) throw new Error(`The bundle has version ${header.version}.`);
  const floatsAt = 4 + headerBytes;
  const numFloats = 2 * header.layers.reduce((/** @type {number} */ sum, /** @type {Layer} */ { outputs = 0 }) => sum + outputs, 0);
  const floats = readFloats(bundle, floatsAt, numFloats);
  const bytes = new Int8Array(bundle, floatsAt + 4 * numFloats);
  const ends = header.layers.map((/** @type {Layer} */ layer) => layer.weight).filter((/** @type {number | undefined} */ at) => at !== undefined);
  ends.push(bytes.length);
  const kernels = header.layers.map((/** @type {Layer} */ layer) => {
    if (layer.weight === undefined) return null;
    const { scale, bias, weight, outputs } = layer;
    const end = ends[ends.indexOf(weight) + 1];
    return {
      weights: Float32Array.from(bytes.subarray(weight, end), (value, i) => value * floats[scale + (i % outputs)]),
      bias: floats.subarray(bias, bias + outputs),
    };
  });
  return { ...header, kernels };
}

/**
 * @param {ArrayBuffer} buffer
 * @param {number} start
 * @param {number} count
 */
function readFloats(buffer, start, count) {
  const view = new DataView(buffer, start, 4 * count);
  return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
}

/**
 * Return the prediction for a raster by the decision rule of the server (ml/inference/predictor.py).
 * @param {Network} network
 * @param {Uint8Array} raster 28*28 bytes, ink 255 on 0
 * @returns {LocalPrediction}
 */
export function predict(network, raster) {
  const classes = softmax(computeLogits(network, raster), network.temperature);
  const digits = classes.slice(0, NUM_DIGITS).map((value) => Math.max(value, MIN_PROBABILITY));
  const sum = digits.reduce((total, value) => total + value, 0);
  const probabilities = digits.map((value) => value / sum);
  const confidence = Math.max(...digits);
  const digit = digits.indexOf(confidence);
  const rejection = classes[NUM_DIGITS] ?? 0;
  if (rejection >= (network.rejection_threshold ?? Infinity)) {
    return { decision: "not_a_digit", digit: null, confidence: rejection, probabilities };
  }
  return { decision: confidence < network.confidence_threshold ? "unsure" : "digit", digit, confidence, probabilities };
}

/**
 * @param {Network} network
 * @param {Uint8Array} raster
 * @returns {Float32Array} one logit for each class
 */
export function computeLogits({ layers, kernels }, raster) {
  /** @type {Maps[]} */
  const maps = [];
  layers.forEach((layer, index) => {
    maps.push(layer.kind === "input" ? imageOf(raster) : LAYERS[layer.kind](maps[layer.input], layer, kernels[index], maps));
  });
  return maps[maps.length - 1].values;
}

/**
 * @param {Float32Array} logits
 * @param {number} temperature
 */
function softmax(logits, temperature) {
  const max = Math.max(...logits);
  const exponentials = Array.from(logits, (logit) => Math.exp((logit - max) / temperature));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}

/**
 * @param {Uint8Array} raster
 * @returns {Maps}
 */
function imageOf(raster) {
  return { height: IMAGE_SIZE, width: IMAGE_SIZE, channels: 1, values: Float32Array.from(raster, (ink) => ink / 255) };
}

/** @type {Record<string, (input: Maps, layer: Layer, kernel: any, maps: Maps[]) => Maps>} */
const LAYERS = {
  affine: (input, { scale, shift }) => mapValues(input, (value) => value * scale + shift),
  relu: (input) => mapValues(input, (value) => Math.max(value, 0)),
  add: (input, { other }, _, maps) => mapValues(input, (value, i) => value + maps[other].values[i]),
  pad: (input, { padding }) => pad(input, padding),
  max_pool: maxPool,
  conv: (input, layer, kernel) => convolve(pad(input, layer.padding), layer, kernel),
  depthwise: (input, layer, kernel) => convolveDepthwise(pad(input, layer.padding), layer, kernel),
};

/**
 * @param {Maps} maps
 * @param {(value: number, index: number) => number} change
 * @returns {Maps}
 */
function mapValues(maps, change) {
  return { ...maps, values: maps.values.map(change) };
}

/**
 * Surround maps with zeros.
 * @param {Maps} input
 * @param {number} padding
 * @returns {Maps}
 */
function pad(input, padding) {
  if (!padding) return input;
  const output = emptyMaps(input.height + 2 * padding, input.width + 2 * padding, input.channels);
  const rowLength = input.width * input.channels;
  for (let y = 0; y < input.height; y++) {
    const row = input.values.subarray(y * rowLength, (y + 1) * rowLength);
    output.values.set(row, ((y + padding) * output.width + padding) * input.channels);
  }
  return output;
}

/**
 * Weights are in the order row, column, input channel, output channel. A row of the window is contiguous
 * in the input and in the weights.
 * @param {Maps} input
 * @param {Layer} layer
 * @param {Kernel} kernel
 */
function convolve(input, { window: [height, width], stride, outputs }, { weights, bias }) {
  const output = outputMaps(input, height, width, stride, outputs);
  const rowLength = width * input.channels;
  const values = new Float32Array(height * rowLength + VALUES_PER_PASS); // those that are not 0, then zeros
  const positions = new Int32Array(height * rowLength + VALUES_PER_PASS); // of their weights
  for (let y = 0; y < output.height; y++) {
    for (let x = 0; x < output.width; x++) {
      let count = 0;
      for (let row = 0; row < height; row++) {
        const from = ((y * stride + row) * input.width + x * stride) * input.channels;
        for (let i = 0; i < rowLength; i++) {
          const value = input.values[from + i];
          if (value === 0) continue;
          values[count] = value;
          positions[count++] = (row * rowLength + i) * outputs;
        }
      }
      values.fill(0, count, count + VALUES_PER_PASS);
      positions.fill(0, count, count + VALUES_PER_PASS);
      const to = (y * output.width + x) * outputs;
      output.values.set(bias, to);
      addWeighted(output.values, to, outputs, weights, values, positions, count);
    }
  }
  return output;
}

/**
 * Add the weights of all outputs, multiplied by the values: four values in one pass, so that each sum is
 * read and written a quarter as often. After the last value come zeros.
 * @param {Float32Array} sums
 * @param {number} to
 * @param {number} outputs
 * @param {Float32Array} weights
 * @param {Float32Array} values
 * @param {Int32Array} positions
 * @param {number} count
 */
function addWeighted(sums, to, outputs, weights, values, positions, count) {
  for (let i = 0; i < count; i += VALUES_PER_PASS) {
    const [a, b, c, d] = [values[i], values[i + 1], values[i + 2], values[i + 3]];
    const [atA, atB, atC, atD] = [positions[i], positions[i + 1], positions[i + 2], positions[i + 3]];
    for (let channel = 0; channel < outputs; channel++) {
      sums[to + channel] +=
        a * weights[atA + channel] + b * weights[atB + channel] + c * weights[atC + channel] + d * weights[atD + channel];
    }
  }
}

/**
 * Each channel has its own window. Weights are in the order row, column, channel.
 * @param {Maps} input
 * @param {Layer} layer
 * @param {Kernel} kernel
 */
function convolveDepthwise(input, { window: [height, width], stride, outputs }, { weights, bias }) {
  const output = outputMaps(input, height, width, stride, outputs);
  for (let y = 0; y < output.height; y++) {
    for (let x = 0; x < output.width; x++) {
      const sums = output.values.subarray((y * output.width + x) * outputs, (y * output.width + x + 1) * outputs);
      sums.set(bias);
      for (let cell = 0; cell < height * width; cell++) {
        const row = y * stride + Math.floor(cell / width);
        const from = (row * input.width + x * stride + (cell % width)) * outputs;
        for (let channel = 0; channel < outputs; channel++) {
          sums[channel] += input.values[from + channel] * weights[cell * outputs + channel];
        }
      }
    }
  }
  return output;
}

/**
 * @param {Maps} input
 * @param {Layer} layer
 */
function maxPool(input, { size, stride }) {
  const { channels } = input;
  const output = outputMaps(input, size, size, stride, channels);
  output.values.fill(-Infinity);
  for (let y = 0; y < output.height; y++) {
    for (let x = 0; x < output.width; x++) {
      const to = (y * output.width + x) * channels;
      for (let cell = 0; cell < size * size; cell++) {
        const row = y * stride + Math.floor(cell / size);
        const from = (row * input.width + x * stride + (cell % size)) * channels;
        for (let channel = 0; channel < channels; channel++) {
          output.values[to + channel] = Math.max(output.values[to + channel], input.values[from + channel]);
        }
      }
    }
  }
  return output;
}

/**
 * Return maps of the size that a window gives without padding.
 * @param {Maps} input
 * @param {number} height of the window
 * @param {number} width of the window
 * @param {number} stride
 * @param {number} channels
 */
function outputMaps(input, height, width, stride, channels) {
  return emptyMaps(
    Math.floor((input.height - height) / stride) + 1,
    Math.floor((input.width - width) / stride) + 1,
    channels,
  );
}

/**
 * @param {number} height
 * @param {number} width
 * @param {number} channels
 * @returns {Maps}
 */
function emptyMaps(height, width, channels) {
  return { height, width, channels, values: new Float32Array(height * width * channels) };
}
