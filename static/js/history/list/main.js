/* The history page: puts the parts together. Without it everything works by links and forms. */
import { loadSingleKeys } from "../../draw/shortcuts.js";
import { deleteDrawing, saveClaim } from "../actions.js";
import { DrawingDialog } from "./drawing_dialog.js";
import { fetchHtml } from "../../fetch_html.js";
import { startLiveUpdates } from "./live_updates.js";
import { DrawingGrid } from "./drawing_grid.js";
import { commandForKey, moveIndex } from "../shortcuts.js";

const part = (name) => document.querySelector(`[data-${name}]`);
const help = part("help-dialog");

if (part("drawings")) attachHistory();

function attachHistory() {
  const grid = new DrawingGrid(part("drawings"), { empty: part("empty"), older: part("older") });
  const refreshSoon = startLiveUpdates({
    grid,
    onLevel: (ids) => dialog.refresh(ids),
    onGone: (id) => dialog.closeIfAbout(id),
  });
  const dialog = new DrawingDialog(part("drawing-dialog"), { changed: refreshSoon });
  attachLinks(grid, dialog);
  attachInfiniteScroll(grid);
  const commands = commandsOf({ grid, dialog, refreshSoon });
  document.addEventListener("keydown", (event) => {
    if (help.open || event.defaultPrevented) return;
    const isOnDrawing = dialog.isOpen || grid.focused !== null;
    const command = commandForKey(event, { tag: event.target.tagName, isOnDrawing, singleKeys: loadSingleKeys() });
    if (command && commands[command.type](command)) event.preventDefault();
  });
  part("help").hidden = false;
  part("help").addEventListener("click", () => help.showModal());
}

/* Each returns whether it had something to do. */
function commandsOf({ grid, dialog, refreshSoon }) {
  const move = (from, way) => {
    const cards = grid.cards;
    const to = moveIndex(cards.indexOf(from), way, { count: cards.length, perRow: grid.perRow });
    return cards[to] === from ? null : cards[to];
  };
  return {
    help: () => (help.showModal(), true),
    play: () => dialog.isOpen && (dialog.actions.toggle(), true),
    move: (way) => {
      const from = dialog.isOpen ? grid.find(dialog.actions.id) : grid.focused;
      if (way.rows && (dialog.isOpen || !from)) return false; // up and down scroll the page
      const to = from || !dialog.isOpen ? move(from, way) : null;
      if (!to) return false;
      if (dialog.isOpen) dialog.open(to.querySelector("a").href);
      else grid.focus(to);
      return true;
    },
    label: ({ label }) => {
      if (dialog.isOpen) dialog.actions.say(label);
      else labelFocused(grid, label, refreshSoon);
      return true;
    },
    delete: () => {
      if (dialog.isOpen) dialog.actions.remove();
      else deleteDrawing(grid.focused.dataset.id, refreshSoon);
      return true;
    },
  };
}

async function labelFocused(grid, label, refreshSoon) {
  const { id } = grid.focused.dataset;
  if (await saveClaim(id, label)) refreshSoon(id);
}

function attachLinks(grid, dialog) {
  grid.list.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    dialog.open(link.href);
  });
}

/* Older drawings come when one gets near the end of the page. */
function attachInfiniteScroll(grid) {
  if (!grid.older) return;
  let isFetching = false;
  const fetchOlder = async (event) => {
    event?.preventDefault();
    if (isFetching) return;
    isFetching = true;
    const page = await fetchHtml(grid.older.href);
    isFetching = false;
    if (!page) return;
    grid.append([...page.querySelectorAll("[data-drawings] > li")].map((card) => document.adoptNode(card)));
    const next = page.querySelector("[data-older]");
    if (next) grid.older.href = next.href;
    else grid.older.remove();
  };
  grid.older.addEventListener("click", fetchOlder);
  new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && fetchOlder(),
    { rootMargin: "600px" },
  ).observe(grid.older);
}
