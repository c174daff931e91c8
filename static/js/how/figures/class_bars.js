/* Bars for ten digits and, if the model has that class, for "none". */
import { html } from "../../dom.js";
import { formatConfidence } from "../../format_percent_and_labels.js";
import { argmax } from "../tensor_math.js";
import { formatNumber } from "../explanation_page_texts.js";

/**
 * Show logits; the highest one is a full bar, negative ones are empty.
 * @param {HTMLElement} list
 * @param {number[]} logits
 */
export function showLogits(list, logits) {
  const max = Math.max(...logits);
  showBars(list, logits.map((logit) => Math.max(0, logit / max)), logits.map(formatNumber));
}

/**
 * @param {HTMLElement} list
 * @param {number[]} lengths 0 to 1
 * @param {string[]} values
 */
export function showBars(list, lengths, values = lengths.map(formatConfidence)) {
  if (list.children.length !== lengths.length) list.replaceChildren(...lengths.map((_, output) => createBar(output)));
  const best = argmax(lengths);
  lengths.forEach((length, output) => {
    const item = list.children[output];
    item.classList.toggle("best", output === best);
    const [fill, value] = [".bar-fill", ".bar-value"].map((selector) => /** @type {HTMLElement} */ (item.querySelector(selector)));
    fill.style.setProperty("--share", String(length));
    value.textContent = values[output];
  });
}

/** @param {number} output */
function createBar(output) {
  return html(
    "li",
    { class: "bar" },
    html("span", { class: "bar-name" }, output === 10 ? "none" : String(output)),
    html("span", { class: "bar-track" }, html("span", { class: "bar-fill" })),
    html("span", { class: "bar-value" }),
  );
}
