/* The list of drawings on the history page: order, focus, additions and removals. */
import { countColumns } from "../../arrow_key_grid_navigation.js";

export class DrawingGrid {
  /**
   * @param {HTMLElement} list
   * @param {{ empty: HTMLElement, older: HTMLAnchorElement | null }} parts `empty` is shown instead of an
   *   empty list; `older` is the link to older drawings
   */
  constructor(list, { empty, older }) {
    this.list = list;
    this.empty = empty;
    this.older = older;
  }

  /** @returns {HTMLElement[]} */
  get items() {
    return /** @type {HTMLElement[]} */ ([...this.list.children]);
  }

  /** @param {string | undefined} id */
  find(id) {
    return this.items.find((item) => item.dataset.id === id) ?? null;
  }

  /** The item that has the focus, or null. */
  get focused() {
    const { activeElement } = document;
    return activeElement && this.list.contains(activeElement) ? activeElement.closest("li") : null;
  }

  get perRow() {
    return countColumns(this.items);
  }

  /** @param {Element | null} item */
  focus(item) {
    item?.querySelector("a")?.focus();
  }

  /**
   * Insert an item by its time, or replace the one with its id. An item older than all others is skipped if
   * there are more pages: a later page contains it.
   * @param {HTMLElement} item
   */
  put(item) {
    const known = this.find(item.dataset.id);
    if (known) return this.#replace(known, item);
    const next = this.items.find((other) => isNewer(item, other));
    if (!next && this.older?.isConnected) return;
    if (!next || next !== this.items[0] || "first" in this.list.dataset) this.list.insertBefore(item, next ?? null);
    this.#showEmptiness();
  }

  /** @param {HTMLElement[]} items */
  append(items) {
    for (const item of items) if (!this.find(item.dataset.id)) this.list.append(item);
    this.#showEmptiness();
  }

  /**
   * Remove an item; if it had the focus, its neighbour gets it.
   * @param {string} id
   */
  remove(id) {
    const item = this.find(id);
    if (!item) return;
    const neighbour = item.nextElementSibling ?? item.previousElementSibling;
    const hadFocus = item === this.focused;
    item.remove();
    if (hadFocus) this.focus(neighbour);
    this.#showEmptiness();
  }

  /**
   * @param {HTMLElement} known
   * @param {HTMLElement} item
   */
  #replace(known, item) {
    if (known.isEqualNode(item)) return;
    const hadFocus = known === this.focused;
    known.replaceWith(item);
    if (hadFocus) this.focus(item);
  }

  #showEmptiness() {
    this.empty.hidden = this.list.children.length > 0;
  }
}

/**
 * @param {HTMLElement} item
 * @param {HTMLElement} other
 */
function isNewer(item, other) {
  const [a, b] = [item.dataset, other.dataset].map(({ created = "", id = "" }) => ({ created, id }));
  return a.created > b.created || (a.created === b.created && a.id > b.id);
}
