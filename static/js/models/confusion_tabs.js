/* Shows the confusion matrix of one evaluation set at a time. Without this script all are shown. */
import { partsOf } from "../dom.js";

/** @param {HTMLElement | null} section */
export function attachConfusionTabs(section) {
  const choice = section && partsOf(section)("panel-choice");
  if (!choice) return;
  const select = choice.querySelector("select");
  const show = () => {
    for (const panel of section.querySelectorAll("[data-panel]")) {
      const element = /** @type {HTMLElement} */ (panel);
      element.hidden = element.dataset.panel !== select.value;
    }
  };
  select.addEventListener("change", show);
  choice.hidden = false;
  show();
}
