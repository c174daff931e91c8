/* The history page. Without JavaScript, the same actions work through links and forms. */
import "../../site.js";
import { hasModifier, partsOf, targetOf } from "../../dom.js";
import { fetchHtml } from "../../fetch_html.js";
import { moveIndex } from "../../arrow_key_grid_navigation.js";
import { attachShortcuts } from "../../keyboard/shortcuts.js";
import { deleteDrawing, saveClaim } from "../claim_and_delete_requests.js";
import { DrawingDialog } from "./drawing_dialog.js";
import { DrawingGrid } from "./drawing_grid.js";
import { itemsOf, startLiveUpdates } from "./live_updates.js";

const part = partsOf(document);

if (part("drawings")) attachHistory();

function attachHistory() {
  const grid = new DrawingGrid(part("drawings"), { empty: part("empty"), older: part("older") });
  const refreshSoon = startLiveUpdates({
    grid,
    onRefreshed: (ids) => dialog.refresh(ids),
    onDeleted: (id) => dialog.closeIfAbout(id),
  });
  const dialog = new DrawingDialog(part("drawing-dialog"), { onChange: refreshSoon });
  attachLinks(grid, dialog);
  attachInfiniteScroll(grid);
  const commands = createCommands({ grid, dialog, refreshSoon });
  attachShortcuts("history", (command) => commands[command.type](command), {
    hasDrawing: () => dialog.isOpen || grid.focused !== null,
    isBlocked: () => part("shortcut-dialog").open,
  });
}

/**
 * Return the commands by name. A command returns false if there was nothing to do.
 * @param {{ grid: DrawingGrid, dialog: DrawingDialog, refreshSoon: (id: string) => void }} page
 * @returns {Record<string, (command: any) => unknown>}
 */
function createCommands({ grid, dialog, refreshSoon }) {
  const saveLabel = (/** @type {ClassLabel | null} */ label) => {
    if (dialog.isOpen) dialog.actions?.claim(label);
    else claimFocused(grid, label, refreshSoon);
  };
  return {
    play: () => dialog.isOpen && dialog.actions?.toggle(),
    move: (step) => moveFocus(grid, dialog, step),
    label: ({ label }) => saveLabel(label),
    unlabel: () => saveLabel(null),
    delete: () => {
      if (dialog.isOpen) dialog.actions?.remove();
      else deleteDrawing(grid.focused?.dataset.id ?? "", refreshSoon);
    },
  };
}

/**
 * @param {DrawingGrid} grid
 * @param {DrawingDialog} dialog
 * @param {{ columns: number, rows: number }} step
 */
function moveFocus(grid, dialog, step) {
  const from = dialog.isOpen ? grid.find(dialog.actions?.id) : grid.focused;
  if (step.rows && (dialog.isOpen || !from)) return false; // up and down scroll the page
  if (dialog.isOpen && !from) return false;
  const { items, perRow } = grid;
  const to = items[moveIndex(from ? items.indexOf(from) : -1, step, { count: items.length, perRow })];
  if (!to || to === from) return false;
  if (dialog.isOpen) dialog.open(to.querySelector("a")?.href ?? "");
  else grid.focus(to);
  return true;
}

/**
 * @param {DrawingGrid} grid
 * @param {ClassLabel | null} claim
 * @param {(id: string) => void} refreshSoon
 */
async function claimFocused(grid, claim, refreshSoon) {
  const id = grid.focused?.dataset.id ?? "";
  if (await saveClaim(id, claim)) refreshSoon(id);
}

/**
 * @param {DrawingGrid} grid
 * @param {DrawingDialog} dialog
 */
function attachLinks(grid, dialog) {
  grid.list.addEventListener("click", (event) => {
    /** @type {HTMLAnchorElement | null} */
    const link = targetOf(event).closest("a.drawing-link");
    if (!link || hasModifier(event)) return;
    event.preventDefault();
    dialog.open(link.href);
  });
}

/**
 * Load older drawings when the end of the page is near. A page of a long search may be empty: then the next
 * page is loaded as well.
 * @param {DrawingGrid} grid
 */
function attachInfiniteScroll(grid) {
  const { older } = grid;
  if (!older) return;
  let isFetching = false;
  const fetchOlder = async (/** @type {Event | undefined} */ event) => {
    event?.preventDefault();
    if (isFetching) return;
    isFetching = true;
    while (older.isConnected && (await appendPage(grid, older)) === 0);
    isFetching = false;
  };
  older.addEventListener("click", fetchOlder);
  new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && fetchOlder(undefined),
    { rootMargin: "600px" },
  ).observe(older);
}

/**
 * Append the page of a link, which then leads to the next page. Return the number of new drawings, or null if
 * the page could not be loaded.
 * @param {DrawingGrid} grid
 * @param {HTMLAnchorElement} older
 */
async function appendPage(grid, older) {
  const page = await fetchHtml(older.href);
  if (!page) return null;
  const items = itemsOf(page, "[data-drawings] > li").map((item) => document.adoptNode(item));
  const partOfPage = partsOf(page);
  part("searched").textContent = partOfPage("searched").textContent;
  grid.empty.replaceChildren(...document.adoptNode(partOfPage("empty")).childNodes);
  grid.append(items);
  const next = partOfPage("older");
  if (next) {
    older.href = next.href;
    older.textContent = next.textContent;
  } else older.remove();
  return items.length;
}
