/* Keeps the history page up to date: events name the changed drawings, and the server renders their
   list items (none for a drawing that the filters exclude) and the statistics. */
import { partsOf } from "../../dom.js";
import { fetchHtml } from "../../fetch_html.js";
import { showConnectionStatus } from "../../realtime/connection_status.js";
import { openSocket } from "../../realtime/reconnecting_socket.js";

/** @typedef {import("./drawing_grid.js").DrawingGrid} DrawingGrid */

const BATCH_DELAY_MS = 120; // events within this time share a request
const MAX_BATCH_SIZE = 100;
const PAGE_URL = location.href; // read now: opening a drawing changes the address
const CHANGE_TYPES = new Set(["drawing", "prediction", "failed", "label", "restored", "deleted"]);

/**
 * Start the updates. Returns a function that refreshes a drawing soon.
 * @param {{ grid: DrawingGrid, onRefreshed: (ids: string[]) => void, onDeleted: (id: string) => void }} options
 */
export function startLiveUpdates({ grid, onRefreshed, onDeleted }) {
  /** @type {Set<string>} */
  const pending = new Set();
  /** @type {number | null} */
  let timer = null;
  const refreshSoon = (/** @type {string} */ id) => {
    pending.add(id);
    if (timer === null) timer = setTimeout(refresh, BATCH_DELAY_MS);
  };
  const refresh = async () => {
    timer = null;
    const ids = [...pending].slice(0, MAX_BATCH_SIZE);
    for (const id of ids) pending.delete(id);
    await refreshItems(grid, ids);
    onRefreshed(ids);
    if (pending.size) timer = setTimeout(refresh, BATCH_DELAY_MS);
  };
  let isFirstHello = true;
  openSocket({
    onMessage: (message) => {
      if (message.type === "deleted") onDeleted(message.id);
      if (CHANGE_TYPES.has(message.type)) refreshSoon(message.id);
      else if (message.type === "hello" && isFirstHello) {
        isFirstHello = false;
        catchUp(grid);
      } else if (message.type === "resumed" && !message.complete) location.reload();
    },
    onStatus: (status) => showConnectionStatus(partsOf(document)("connection"), status),
  });
  return refreshSoon;
}

/**
 * @param {DrawingGrid} grid
 * @param {string[]} ids
 */
async function refreshItems(grid, ids) {
  const query = ids.map((id) => `id=${id}`).join("&");
  const base = grid.list.dataset.itemsUrl ?? "";
  const page = await fetchHtml(`${base}${base.includes("?") ? "&" : "?"}${query}`);
  if (!page) return;
  const items = new Map(itemsOf(page, "li[data-id]").map((item) => [item.dataset.id, item]));
  for (const id of ids) {
    const item = items.get(id);
    if (item) grid.put(document.adoptNode(item));
    else grid.remove(id);
  }
  showStatistics(page);
}

/**
 * Load the changes between the rendering of this page and the opening of the socket.
 * @param {DrawingGrid} grid
 */
async function catchUp(grid) {
  const page = await fetchHtml(PAGE_URL);
  if (!page) return;
  for (const item of itemsOf(page, "[data-drawings] > li")) grid.put(document.adoptNode(item));
  showStatistics(page);
}

/**
 * @param {Document} page
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
export function itemsOf(page, selector) {
  return [...page.querySelectorAll(selector)].map((item) => /** @type {HTMLElement} */ (item));
}

/** @param {Document} page */
function showStatistics(page) {
  const [shown, fresh] = [document, page].map((root) => partsOf(root)("statistics"));
  if (shown && fresh) shown.replaceWith(document.adoptNode(fresh));
}
