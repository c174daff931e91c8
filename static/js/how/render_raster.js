/* Draws numbers as pixels on a canvas, in the colours of the theme: ink on paper, or blue for positive
   and red for negative numbers. */
/**
 * The value of a custom property may be light-dark(), which only a real property resolves.
 * @param {string} name of a CSS custom property
 * @returns {number[]} red, green, blue, each 0 to 255
 */
export function themeColour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const parts = getComputedStyle(probe).color.match(/[\d.]+/g) ?? ["128", "128", "128"];
  probe.remove();
  return parts.slice(0, 3).map(Number);
}

/**
 * 0 is paper, 255 is ink.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} bytes height*width
 * @param {number} width
 */
export function renderInk(canvas, bytes, width, height = width) {
  const [paper, pen] = [themeColour("--sheet"), themeColour("--pen")];
  render(canvas, bytes, { width, height }, (byte) => [paper, pen, byte / 255]);
}

/**
 * 128 is paper, 255 blue, 1 red.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} bytes height*width
 * @param {number} width
 */
export function renderSigned(canvas, bytes, width, height = width) {
  const [paper, positive, negative] = ["--sheet", "--accent", "--mark"].map(themeColour);
  render(canvas, bytes, { width, height }, (byte) => [paper, byte < 128 ? negative : positive, Math.min(1, Math.abs(byte - 128) / 127)]);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} bytes
 * @param {{ width: number, height: number }} size
 * @param {(byte: number) => [number[], number[], number]} mix two colours and the fraction of the second
 */
function render(canvas, bytes, size, mix) {
  Object.assign(canvas, size);
  const image = new ImageData(size.width, size.height);
  bytes.forEach((byte, index) => {
    const [from, to, fraction] = mix(byte);
    for (let part = 0; part < 3; part += 1) {
      image.data[4 * index + part] = from[part] + (to[part] - from[part]) * fraction;
    }
    image.data[4 * index + 3] = 255;
  });
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/**
 * Place a marker over cells*cells pixels of a map, in a box with `position: relative`.
 * @param {HTMLElement} marker
 * @param {Position & { cells?: number, side: number }} place `side` is that of the map
 */
export function placeMarker(marker, { row, column, cells = 1, side }) {
  const part = 100 / side;
  Object.assign(marker.style, {
    left: `${column * part}%`,
    top: `${row * part}%`,
    width: `${cells * part}%`,
    height: `${cells * part}%`,
  });
}
