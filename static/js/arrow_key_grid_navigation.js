/* Arrow keys in a grid of items. Pure, except for countColumns. */

/** @type {Record<string, { columns: number, rows: number }>} */
export const ARROW_STEPS = {
  ArrowLeft: { columns: -1, rows: 0 },
  ArrowRight: { columns: 1, rows: 0 },
  ArrowUp: { columns: 0, rows: -1 },
  ArrowDown: { columns: 0, rows: 1 },
};

/**
 * Return the index after a step from `index`. At an edge the index stays the same. Returns 0 if
 * nothing has the focus yet (index -1).
 * @param {number} index
 * @param {{ columns: number, rows: number }} step
 * @param {{ count: number, perRow: number }} grid
 */
export function moveIndex(index, { columns, rows }, { count, perRow }) {
  if (index < 0) return count ? 0 : -1;
  const next = index + columns + rows * perRow;
  return next >= 0 && next < count ? next : index;
}

/**
 * Return how many items are in the first row.
 * @param {HTMLElement[]} items
 */
export function countColumns(items) {
  return items.filter((item) => item.offsetTop === items[0].offsetTop).length || 1;
}
