/* Stands for a picture that cannot be shown. templates/partials/missing_picture.html is the same element. */
import { html, svg } from "./dom.js";

const CROSSED_OUT_PICTURE = "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M3 3l18 18";

/** @param {string} reason a sentence */
export function missingPicture(reason) {
  const icon = svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: CROSSED_OUT_PICTURE }));
  return html(
    "span",
    { class: "missing-picture", "data-missing-picture": "", title: reason },
    icon,
    html("span", { class: "missing-picture-reason" }, reason),
  );
}

/**
 * Replace an image by the reason if it cannot be loaded.
 * @param {HTMLImageElement} image
 * @param {string} reason
 */
export function replaceIfBroken(image, reason) {
  image.addEventListener("error", () => image.replaceWith(missingPicture(reason)));
  return image;
}
