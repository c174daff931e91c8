/* The canvas overlay: a hint on an empty canvas, or an uploaded image. */
import { partsOf } from "../../dom.js";
import { isEmpty } from "../drawing_reducer.js";

/**
 * @param {HTMLElement} root
 * @param {import("../input/drawing_canvas.js").DrawingCanvas} canvas
 */
export function createCanvasOverlay(root, canvas) {
  const part = partsOf(root, "sheet-");
  return (/** @type {import("../page_state_reducer.js").DrawState} */ { drawing }) => {
    canvas.show(drawing.strokes);
    part("hint").hidden = !isEmpty(drawing);
    showImage(part("picture"), drawing.image?.url ?? "");
  };
}

/**
 * @param {HTMLImageElement} image
 * @param {string} url "" for none
 */
function showImage(image, url) {
  const shown = image.getAttribute("src") ?? "";
  if (shown === url) return;
  if (shown) URL.revokeObjectURL(shown);
  if (url) image.src = url;
  else image.removeAttribute("src");
  image.hidden = !url;
}
