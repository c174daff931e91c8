/* The canvas overlay: a hint on an empty canvas, or an uploaded image. */
import { partsOf } from "../../dom.js";
import { missingPicture } from "../../missing_picture.js";
import { isEmpty } from "../drawing_reducer.js";

/**
 * @param {HTMLElement} root
 * @param {import("../input/drawing_canvas.js").DrawingCanvas} canvas
 */
export function createCanvasOverlay(root, canvas) {
  const part = partsOf(root, "sheet-");
  part("broken").append(missingPicture("This picture cannot be shown here."));
  part("picture").addEventListener("error", () => showBroken(part, true));
  part("picture").addEventListener("load", () => showBroken(part, false));
  return (/** @type {import("../page_state_reducer.js").DrawState} */ { drawing }) => {
    canvas.show(drawing.strokes);
    part("hint").hidden = !isEmpty(drawing);
    showImage(part("picture"), drawing.image?.url ?? "");
    if (!drawing.image) part("broken").hidden = true;
  };
}

/**
 * @param {(name: string) => any} part
 * @param {boolean} isBroken
 */
function showBroken(part, isBroken) {
  part("broken").hidden = !isBroken;
  part("picture").hidden = isBroken;
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
