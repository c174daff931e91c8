/* Pictures on canvases, a pixel a number, in the colours of the theme: ink on paper, or blue for what
   is positive and red for what is negative. */
const PARTS = /^#(..)(..)(..)$/;

function colour(name) {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return (PARTS.exec(text) ?? [null, "80", "80", "80"]).slice(1).map((part) => Number.parseInt(part, 16));
}

/* 0 is paper, 255 the pen. */
export function renderInk(canvas, bytes, wide, high = wide) {
  const [paper, pen] = [colour("--sheet"), colour("--pen")];
  paint(canvas, bytes, wide, high, (byte) => [paper, pen, byte / 255]);
}

/* 128 is paper, 255 blue, 1 red. */
export function renderSigned(canvas, bytes, wide, high = wide) {
  const [paper, more, less] = [colour("--sheet"), colour("--accent"), colour("--mark")];
  paint(canvas, bytes, wide, high, (byte) => [paper, byte < 128 ? less : more, Math.min(1, Math.abs(byte - 128) / 127)]);
}

export function blank(canvas) {
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
}

function paint(canvas, bytes, wide, high, mix) {
  Object.assign(canvas, { width: wide, height: high });
  const picture = new ImageData(wide, high);
  bytes.forEach((byte, place) => {
    const [from, to, share] = mix(byte);
    for (let part = 0; part < 3; part += 1) {
      picture.data[4 * place + part] = from[part] + (to[part] - from[part]) * share;
    }
    picture.data[4 * place + 3] = 255;
  });
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

/* A mark over `high` × `wide` cells of a picture of `side` cells, in a box that is `position: relative`. */
export function placeMarker(mark, { row, column, cells = 1, side }) {
  const part = 100 / side;
  Object.assign(mark.style, {
    left: `${column * part}%`,
    top: `${row * part}%`,
    width: `${cells * part}%`,
    height: `${cells * part}%`,
  });
}
