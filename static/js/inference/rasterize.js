/* Strokes to the model's input, as ml/preprocessing/rasterize.py does it: 28x28 pixels, ink 255 on 0,
   fitted into 20x20 and centred by its centre of mass. Pure.

   The ink is drawn at 112x112 with the shapes of Pillow, which the server uses: a segment is a rectangle
   with whole-numbered corners, ends and sharp turns get dots. Exact distances would change one decision in
   80, because the pen would be a fifth of a pixel thicker or thinner. */
const IMAGE_SIZE = 28;
const INK_BOX_SIZE = 20;
const PEN_WIDTH = 2.25;
const OVERSAMPLING = 4;

const CANVAS_SIZE = IMAGE_SIZE * OVERSAMPLING;
const PEN_RADIUS = Math.round((PEN_WIDTH * OVERSAMPLING - 1) / 2);
const DOT_HALF_WIDTHS = [1, 3, 3, 4, 4, 4, 3, 3, 1]; // of each row of Pillow's ellipse of that radius
const SHARP_TURN_COS = Math.cos((18 / 180) * Math.PI);
const MAX_SHIFT = Math.round(((IMAGE_SIZE - INK_BOX_SIZE) / 2) * OVERSAMPLING);
const MIN_SPACING = 2; // canvas pixels between the points that are drawn
const MIN_EXTENT = Number.MIN_VALUE;

/**
 * A drawing in one typed array, which is cheap to send to a worker.
 * @typedef {object} Points
 * @property {Float64Array} xy x and y of each point, y down
 * @property {Int32Array} lengths the number of points of each stroke
 */

/**
 * @param {Stroke[]} strokes
 * @returns {Points}
 */
export function flattenStrokes(strokes) {
  const lengths = Int32Array.from(strokes, (stroke) => stroke.length);
  const xy = new Float64Array(2 * lengths.reduce((sum, length) => sum + length, 0));
  let index = 0;
  for (const stroke of strokes) {
    for (const sample of stroke) {
      xy[index++] = sample[0];
      xy[index++] = sample[1];
    }
  }
  return { xy, lengths };
}

/**
 * Return the raster, 28*28 bytes. A drawing without points is blank.
 * @param {Points} points
 * @returns {Uint8Array}
 */
export function rasterize({ xy, lengths }) {
  const canvas = new Uint8Array(CANVAS_SIZE * CANVAS_SIZE);
  const fitted = fitToCanvas(xy);
  let start = 0;
  for (const length of lengths) {
    if (length) drawStroke(canvas, fitted.subarray(2 * start, 2 * (start + length)));
    start += length;
  }
  return downsample(canvas, centeringShift(downsample(canvas, [0, 0])));
}

/**
 * Return the points in canvas pixels: the drawing with the pen around it fits the box in the middle.
 * @param {Float64Array} xy
 */
function fitToCanvas(xy) {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  for (let i = 0; i < xy.length; i++) {
    low[i % 2] = Math.min(low[i % 2], xy[i]);
    high[i % 2] = Math.max(high[i % 2], xy[i]);
  }
  const extent = Math.max(high[0] - low[0], high[1] - low[1]);
  const scale = extent > MIN_EXTENT ? ((INK_BOX_SIZE - PEN_WIDTH) * OVERSAMPLING) / extent : 1;
  return xy.map((value, i) => roundHalfToEven((value - (low[i % 2] + high[i % 2]) / 2) * scale + (CANVAS_SIZE - 1) / 2));
}

/**
 * Round as numpy does.
 * @param {number} value
 */
function roundHalfToEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

/**
 * @param {Uint8Array} canvas
 * @param {Float64Array} allPoints x and y of the points of one stroke
 */
function drawStroke(canvas, allPoints) {
  const xy = dropClosePoints(allPoints);
  for (let i = 0; i < xy.length; i += 2) {
    if (i > 0) drawSegment(canvas, xy[i - 2], xy[i - 1], xy[i], xy[i + 1]);
    const isEnd = i === 0 || i === xy.length - 2;
    if (isEnd || isSharpTurn(xy, i)) drawDot(canvas, xy[i], xy[i + 1]);
  }
}

/**
 * Return points about MIN_SPACING apart, with both ends of the stroke.
 * @param {Float64Array} xy
 */
function dropClosePoints(xy) {
  const kept = [xy[0], xy[1]];
  let distance = 0; // along the stroke
  for (let i = 2; i < xy.length; i += 2) {
    const interval = Math.floor(distance / MIN_SPACING);
    distance += Math.hypot(xy[i] - xy[i - 2], xy[i + 1] - xy[i - 1]);
    if (i === xy.length - 2 || Math.floor(distance / MIN_SPACING) !== interval) kept.push(xy[i], xy[i + 1]);
  }
  return kept;
}

/**
 * @param {number[]} xy
 * @param {number} i position of a point that is not an end
 */
function isSharpTurn(xy, i) {
  const [beforeX, beforeY] = [xy[i] - xy[i - 2], xy[i + 1] - xy[i - 1]];
  const [afterX, afterY] = [xy[i + 2] - xy[i], xy[i + 3] - xy[i + 1]];
  const norms = Math.hypot(beforeX, beforeY) * Math.hypot(afterX, afterY);
  return beforeX * afterX + beforeY * afterY < SHARP_TURN_COS * norms;
}

/**
 * @param {Uint8Array} canvas
 * @param {number} x
 * @param {number} y
 */
function drawDot(canvas, x, y) {
  DOT_HALF_WIDTHS.forEach((halfWidth, row) => fillRow(canvas, y + row - PEN_RADIUS, x - halfWidth, x + halfWidth));
}

/**
 * Fill the rectangle around a segment, from the leftmost to the rightmost edge in each row.
 * @param {Uint8Array} canvas
 * @param {number} fromX
 * @param {number} fromY
 * @param {number} toX
 * @param {number} toY
 */
function drawSegment(canvas, fromX, fromY, toX, toY) {
  const length = Math.hypot(toX - fromX, toY - fromY);
  if (length === 0) return;
  const sideX = roundHalfToZero((PEN_RADIUS / length) * (toY - fromY));
  const sideY = roundHalfFromZero((PEN_RADIUS / length) * (toX - fromX));
  const xs = [fromX - sideX, toX - sideX, toX + sideX, fromX + sideX];
  const ys = [fromY + sideY, toY + sideY, toY - sideY, fromY - sideY];
  for (let y = Math.min(...ys); y <= Math.max(...ys); y++) {
    let [left, right] = [Infinity, -Infinity];
    for (let i = 0; i < 4; i++) {
      const next = (i + 1) % 4;
      if ((y < ys[i] && y < ys[next]) || (y > ys[i] && y > ys[next])) continue;
      const slope = ys[i] === ys[next] ? 0 : (xs[next] - xs[i]) / (ys[next] - ys[i]);
      const x = xs[i] + (y - ys[i]) * slope;
      left = Math.min(left, x);
      right = Math.max(right, x);
    }
    fillRow(canvas, y, roundHalfFromZero(left), roundHalfToZero(right));
  }
}

/** @param {number} value */
function roundHalfFromZero(value) {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

/** @param {number} value */
function roundHalfToZero(value) {
  return Math.sign(value) * Math.ceil(Math.abs(value) - 0.5);
}

/**
 * @param {Uint8Array} canvas
 * @param {number} y
 * @param {number} left
 * @param {number} right included
 */
function fillRow(canvas, y, left, right) {
  if (y < 0 || y >= CANVAS_SIZE) return;
  canvas.fill(255, y * CANVAS_SIZE + Math.max(0, left), y * CANVAS_SIZE + Math.min(CANVAS_SIZE - 1, right) + 1);
}

/**
 * Return the means of 4x4 pixels of the canvas, shifted by whole pixels; no ink is outside.
 * @param {Uint8Array} canvas
 * @param {number[]} shift of the canvas to the left and up
 */
function downsample(canvas, [right, down]) {
  const raster = new Uint8Array(IMAGE_SIZE * IMAGE_SIZE);
  const sums = new Uint16Array(IMAGE_SIZE * IMAGE_SIZE);
  for (let y = Math.max(0, down); y < Math.min(CANVAS_SIZE, CANVAS_SIZE + down); y++) {
    const row = IMAGE_SIZE * Math.floor((y - down) / OVERSAMPLING);
    for (let x = Math.max(0, right); x < Math.min(CANVAS_SIZE, CANVAS_SIZE + right); x++) {
      sums[row + Math.floor((x - right) / OVERSAMPLING)] += canvas[y * CANVAS_SIZE + x];
    }
  }
  for (let i = 0; i < sums.length; i++) raster[i] = Math.round(sums[i] / OVERSAMPLING ** 2);
  return raster;
}

/**
 * Return the offset of the centre of mass from the middle, in canvas pixels to the right and down.
 * @param {Uint8Array} raster
 */
function centeringShift(raster) {
  let [mass, momentX, momentY] = [0, 0, 0];
  const middle = (IMAGE_SIZE - 1) / 2;
  raster.forEach((ink, i) => {
    mass += ink;
    momentX += ink * ((i % IMAGE_SIZE) - middle);
    momentY += ink * (Math.floor(i / IMAGE_SIZE) - middle);
  });
  const toShift = (/** @type {number} */ moment) =>
    Math.max(-MAX_SHIFT, Math.min(MAX_SHIFT, roundHalfToEven((moment / Math.max(mass, 1)) * OVERSAMPLING)));
  return [toShift(momentX), toShift(momentY)];
}
