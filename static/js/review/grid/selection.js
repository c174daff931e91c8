/* The selected drawings of the review grid. Pure. */
import { formatLabel } from "../../format_percent_and_labels.js";

/**
 * @typedef {object} Selection
 * @property {Set<string>} selected ids
 * @property {string | null} anchor where a range starts
 * @property {Set<string>} before the selection before the range
 */

/** @type {Selection} */
export const EMPTY_SELECTION = { selected: new Set(), anchor: null, before: new Set() };

/**
 * @param {Selection} selection
 * @param {string} id
 * @returns {Selection}
 */
export function toggle({ selected }, id) {
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  return { selected: next, anchor: id, before: next };
}

/**
 * Select the range from the anchor to `to`, both included, in the order of `ids`. A later, shorter
 * range of the same anchor replaces the longer one.
 * @param {Selection} selection
 * @param {string[]} ids
 * @param {{ from: string, to: string }} range `from` is the anchor if there is none yet
 * @returns {Selection}
 */
export function extend({ anchor, before }, ids, { from, to }) {
  const start = anchor !== null && ids.includes(anchor) ? anchor : from;
  const [first, last] = [ids.indexOf(start), ids.indexOf(to)].sort((a, b) => a - b);
  return { selected: new Set([...before, ...ids.slice(Math.max(first, 0), last + 1)]), anchor: start, before };
}

/**
 * Split a list into parts of at most `size`.
 * @template T
 * @param {T[]} list
 * @param {number} size
 */
export function chunk(list, size) {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));
}

/**
 * The text of the button that labels all other drawings.
 * @param {number} count
 * @param {ClassLabel | "set_aside"} label
 * @param {boolean} isRest whether there are other drawings
 */
export function describeOthers(count, label, isRest) {
  const text = formatLabel(label);
  if (count === 1) return isRest ? `The other one is ${text}` : `This one is ${text}`;
  return isRest ? `All ${count} others are ${text}` : `All ${count} are ${text}`;
}

/**
 * Describe the result of a bulk edit for a toast.
 * @param {{ done: unknown[], refused: unknown[] }} result
 * @param {ClassLabel | "set_aside"} label
 */
export function describeOutcome({ done, refused }, label) {
  const count = done.length === 1 ? "1 drawing" : `${done.length} drawings`;
  const change = label === "set_aside" ? formatLabel(label) : `labelled ${formatLabel(label)}`;
  const unchanged = refused.length ? `; ${refused.length} unchanged` : "";
  return done.length ? `${count} ${change}${unchanged}.` : `Nothing changed${unchanged}.`;
}
