/* The labels that were given on this page, on the drawings of the grid. A labelled drawing stays at its place. */
import { html, partsOf } from "../../dom.js";
import { formatLabel } from "../../format_percent_and_labels.js";

/** @typedef {ClassLabel | "set_aside"} NewLabel */

/**
 * @param {string} [text] a digit, "not_a_digit" or "set_aside"
 * @returns {NewLabel}
 */
export function parseLabel(text = "") {
  return /^[0-9]$/.test(text) ? Number(text) : /** @type {"not_a_digit" | "set_aside"} */ (text);
}

/**
 * True if the drawing has a ground truth or a new label.
 * @param {HTMLElement} item
 */
export function isLabelled(item) {
  return item.dataset.reviewed !== undefined || item.dataset.newLabel !== undefined;
}

/**
 * @param {HTMLElement | undefined} item
 * @param {NewLabel} [label] undefined removes it
 * @param {{ isSaved?: boolean }} [status]
 */
export function showNewLabel(item, label, { isSaved = true } = {}) {
  if (!item) return;
  const description = partsOf(item)("description");
  item.dataset.described ??= description.textContent ?? "";
  item.querySelector(".refusal")?.remove();
  if (label === undefined) delete item.dataset.newLabel;
  else item.dataset.newLabel = String(label);
  item.toggleAttribute("data-saving", label !== undefined && !isSaved);
  const text = label === undefined ? "" : formatLabel(label);
  const mark = partsOf(item)("new");
  mark.hidden = label === undefined;
  mark.textContent = label === undefined ? "" : isSaved ? `✓ ${text}` : `${text} …`;
  description.textContent = item.dataset.described + (label === undefined ? "" : `. Now ${text}`);
}

/**
 * @param {HTMLElement | undefined} item
 * @param {string} detail
 */
export function showRefusal(item, detail) {
  if (!item) return;
  const line = item.querySelector(".refusal") ?? html("p", { class: "refusal" });
  line.textContent = detail;
  item.append(line);
}
