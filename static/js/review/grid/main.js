/* The review grid: select drawings, label all of them, undo. */
import "../../site.js";
import { callApi } from "../../api.js";
import { html, partsOf, targetOf } from "../../dom.js";
import { fetchHtml } from "../../fetch_html.js";
import { normalizeKey } from "../../key_press.js";
import { ARROW_STEPS, countColumns, moveIndex } from "../../arrow_key_grid_navigation.js";
import { showToast } from "../../toast.js";
import { describeOutcome, EMPTY_SELECTION, extend, toggle } from "./selection.js";

/** @typedef {{ id: string, event: number }} DoneItem */
/** @typedef {{ done: DoneItem[], refused: { id: string, detail: string }[] }} BulkResult */

const UNDO_DURATION_MS = 10_000;

const part = partsOf(document);
/** @type {HTMLElement} */
const list = part("grid");
const bar = part("bar");
let selection = EMPTY_SELECTION;
let isSending = false;
let isFetching = false;

const allItems = () => /** @type {HTMLElement[]} */ ([...list.children]);
/* Labeled drawings stay in the list, hidden, so that an undo can show them at their place. */
const visibleItems = () => allItems().filter((item) => !item.hidden);
const findItem = (/** @type {string} */ id) => allItems().find((item) => item.dataset.id === id);
const buttonOf = (/** @type {HTMLElement} */ item) => /** @type {HTMLButtonElement} */ (item.querySelector("button"));
const idOf = (/** @type {HTMLElement} */ item) => item.dataset.id ?? "";
const selectedItems = () => visibleItems().filter((item) => selection.selected.has(idOf(item)));

if (list) attachGrid();

function attachGrid() {
  list.addEventListener("click", handleClick);
  list.addEventListener("keydown", handleArrowKey);
  list.addEventListener("focusin", (event) => makeTabbable(targetOf(event).closest("li")));
  document.addEventListener("keydown", (event) => normalizeKey(event) === "Escape" && select(EMPTY_SELECTION));
  part("clear").addEventListener("click", clearSelection);
  part("label-buttons").addEventListener("click", (/** @type {Event} */ event) => {
    /** @type {HTMLElement | null} */
    const button = targetOf(event).closest("[data-label]");
    if (button) labelSelected(button.dataset.label ?? "");
  });
  part("more")?.addEventListener("click", fetchMore);
  makeTabbable(visibleItems()[0]);
}

/** @param {MouseEvent} event */
function handleClick(event) {
  const item = targetOf(event).closest("li");
  if (!item) return;
  const id = idOf(item);
  if (event.shiftKey) select(extend(selection, visibleItems().map(idOf), { from: id, to: id }));
  else select(toggle(selection, id));
}

/** @param {KeyboardEvent} event */
function handleArrowKey(event) {
  const step = ARROW_STEPS[normalizeKey(event)];
  const from = targetOf(event).closest("li");
  if (!step || !from || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const items = visibleItems();
  const to = items[moveIndex(items.indexOf(from), step, { count: items.length, perRow: countColumns(items) })];
  if (event.shiftKey) select(extend(selection, items.map(idOf), { from: idOf(from), to: idOf(to) }));
  buttonOf(to).focus();
}

/**
 * Roving tabindex: Tab reaches one item only, the last one that had the focus.
 * @param {HTMLElement | null} current
 */
function makeTabbable(current) {
  for (const item of allItems()) buttonOf(item).tabIndex = item === current ? 0 : -1;
}

/** @param {import("./selection.js").Selection} next */
function select(next) {
  selection = next;
  for (const item of allItems()) buttonOf(item).setAttribute("aria-pressed", String(next.selected.has(idOf(item))));
  const count = next.selected.size;
  const max = Number(list.dataset.max);
  bar.hidden = count === 0;
  part("count").textContent = count > max ? `${count} selected: at most ${max} at a time` : `${count} selected`;
  part("label-buttons").disabled = count > max;
  part("problem").hidden = true;
}

function clearSelection() {
  const [first] = selectedItems();
  select(EMPTY_SELECTION);
  if (first) buttonOf(first).focus();
}

/** @param {string} value of a label button */
async function labelSelected(value) {
  if (isSending) return;
  const items = selectedItems();
  const label = /^[0-9]$/.test(value) ? Number(value) : /** @type {"not_a_digit" | "set_aside"} */ (value);
  const result = await post("review/relabel/", { ids: items.map((item) => item.dataset.entry), label });
  if (!result) return;
  const position = visibleItems().indexOf(items[0]);
  for (const { id, detail } of result.refused) showRefusal(findItem(id), detail);
  for (const { id } of result.done) setHidden(id, true);
  select(EMPTY_SELECTION);
  await focusNear(position);
  const undo = result.done.length ? () => undoLabels(result.done) : null;
  showToast(describeOutcome(result, label), { undo, durationMs: UNDO_DURATION_MS });
}

/** @param {DoneItem[]} done */
async function undoLabels(done) {
  const result = await post("review/relabel/undo/", { events: done.map(({ event }) => event) });
  if (!result) return;
  for (const { id } of result.done) setHidden(id, false);
  part("empty").hidden = true;
  const undone = new Set(result.done.map(({ id }) => id));
  const first = allItems().find((item) => undone.has(idOf(item)));
  if (first) buttonOf(first).focus();
  showToast(result.refused.length ? result.refused[0].detail : "Undone.");
}

/**
 * @param {string} id
 * @param {boolean} isHidden
 */
function setHidden(id, isHidden) {
  const item = findItem(id);
  if (item) item.hidden = isHidden;
}

/**
 * Return the response, or null after showing the error.
 * @param {string} path
 * @param {object} body
 * @returns {Promise<BulkResult | null>}
 */
async function post(path, body) {
  if (isSending) return null;
  isSending = true;
  try {
    return await callApi(path, { method: "POST", body });
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    if (bar.hidden) showToast(message);
    part("problem").textContent = message;
    part("problem").hidden = false;
    return null;
  } finally {
    isSending = false;
  }
}

/**
 * @param {HTMLElement | undefined} item
 * @param {string} detail
 */
function showRefusal(item, detail) {
  if (!item) return;
  const line = item.querySelector(".refusal") ?? html("p", { class: "refusal" });
  line.textContent = detail;
  item.append(line);
}

/** @param {number} position */
async function focusNear(position) {
  if (!visibleItems().length && part("more")) await fetchMore();
  const items = visibleItems();
  part("empty").hidden = items.length > 0;
  if (items.length) buttonOf(items[Math.min(position, items.length - 1)]).focus();
  else part("empty").focus();
}

/** @param {Event} [event] */
async function fetchMore(event) {
  event?.preventDefault();
  const more = part("more");
  if (isFetching) return;
  isFetching = true;
  const page = await fetchHtml(more.href);
  isFetching = false;
  if (!page) return void showToast("More drawings could not be loaded. Try again in a moment.");
  const fresh = /** @type {HTMLElement[]} */ ([...page.querySelectorAll("[data-grid] > li")]).filter((item) => !findItem(idOf(item)));
  list.append(...fresh.map((item) => document.adoptNode(item)));
  makeTabbable(fresh[0] ?? visibleItems()[0]);
  if (event && fresh[0]) buttonOf(fresh[0]).focus();
  const next = partsOf(page)("more");
  if (next) more.href = next.href;
  else more.remove();
}
