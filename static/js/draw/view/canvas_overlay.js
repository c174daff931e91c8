/* What lies on the sheet besides ink: the hint on an empty one, an uploaded picture. */
import { isEmpty } from "../drawing.js";

export function createCanvasOverlay(root, sheet) {
  const hint = root.querySelector("[data-sheet-hint]");
  const picture = root.querySelector("[data-sheet-picture]");
  return ({ drawing }) => {
    sheet.show(drawing.strokes);
    hint.hidden = !isEmpty(drawing);
    showPicture(picture, drawing.picture?.url ?? "");
  };
}

function showPicture(image, url) {
  const shown = image.getAttribute("src") ?? "";
  if (shown === url) return;
  if (shown) URL.revokeObjectURL(shown);
  if (url) image.src = url;
  else image.removeAttribute("src");
  image.hidden = !url;
}
