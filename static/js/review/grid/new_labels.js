/* The labels that were given on this page, on the drawings of the grid. A labelled drawing stays at its place. */
import { html, partsOf } from "../../dom.js";

/** @typedef {ClassLabel | "set_aside"} NewLabel */

/**
 * @param {string} [text] a digit, "not_a_digit" or "set_aside"
 * @returns {NewLabel}
 */
export function parseLabel(text = "") {
  return /^[0-9]$/.test(text) ? Number(text) : /** @type {"not_a_digit" | "set_aside"} */ (text);
}

/** @param {HTMLElement} item */
export function newLabelOf(item) {
  return item.dataset.newLabel === undefined ? undefined : parseLabel(item.dataset.newLabel);
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
  const button = /** @type {HTMLButtonElement} */ (item.querySelector("button"));
  item.dataset.description ??= button.getAttribute("aria-label") ?? "";
  item.querySelector(".refusal")?.remove();
  if (label === undefined) delete item.dataset.newLabel;
  else item.dataset.newLabel = String(label);
  item.toggleAttribute("data-saving", label !== undefined && !isSaved);
  const text = label === "set_aside" ? "excluded" : label === "not_a_digit" ? "not a digit" : String(label);
  const mark = partsOf(item)("new");
  mark.hidden = label === undefined;
  mark.textContent = label === undefined ? "" : isSaved ? `✓ ${text}` : `${text} …`;
  button.setAttribute("aria-label", item.dataset.description + (label === undefined ? "" : `. Now ${text}`));
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
