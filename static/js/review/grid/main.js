/* The review grid: select drawings, label all of them, undo. */
import "../../site.js";
import { callApi } from "../../api.js";
import { partsOf, targetOf } from "../../dom.js";
import { fetchHtml } from "../../fetch_html.js";
import { attachShortcuts } from "../../keyboard/shortcuts.js";
import { countColumns, moveIndex } from "../../arrow_key_grid_navigation.js";
import { showToast } from "../../toast.js";
import { isLabelled, parseLabel, showNewLabel, showRefusal } from "./new_labels.js";
import { SavedLabels } from "./saved_labels.js";
import { chunk, describeOthers, describeOutcome, EMPTY_SELECTION, extend, toggle } from "./selection.js";

/** @typedef {{ id: string, event: number }} DoneItem */
/** @typedef {{ done: DoneItem[], refused: { id: string, detail: string }[] }} BulkResult */
/** @typedef {import("./new_labels.js").NewLabel} NewLabel */

const UNDO_DURATION_MS = 10_000;

const part = partsOf(document);
/** @type {HTMLElement} */
const list = part("grid");
const bar = part("bar");
let selection = EMPTY_SELECTION;
/** @type {(() => unknown) | null} */
let undoLast = null;
let isFetching = false;
const labels = new SavedLabels();
/** Requests are sent one after the other, so that an undo never overtakes the labels that it undoes. */
let lastRequest = Promise.resolve();

const allItems = () => /** @type {HTMLElement[]} */ ([...list.children]);
const findItem = (/** @type {string} */ id) => allItems().find((item) => item.dataset.id === id);
const buttonOf = (/** @type {HTMLElement} */ item) => /** @type {HTMLButtonElement} */ (item.querySelector("button"));
const idOf = (/** @type {HTMLElement} */ item) => item.dataset.id ?? "";
const isSelected = (/** @type {HTMLElement} */ item) => selection.selected.has(idOf(item));
const selectedItems = () => allItems().filter(isSelected);
const otherItems = () => allItems().filter((item) => !isSelected(item) && !isLabelled(item));

/**
 * A command returns false if there was nothing to do.
 * @type {Record<string, (command: any, event: KeyboardEvent) => unknown>}
 */
const commands = {
  label: ({ label }, event) => labelByKey(label, targetOf(event).closest("[data-grid] > li")),
  clear: () => select(EMPTY_SELECTION),
  undo: () => (undoLast ? undoLast() : false),
  move: moveFocus,
};

if (list) attachGrid();

function attachGrid() {
  list.addEventListener("click", handleClick);
  list.addEventListener("focusin", (event) => makeTabbable(targetOf(event).closest("li")));
  attachShortcuts("grid", (command, event) => commands[command.type](command, event));
  part("clear").addEventListener("click", clearSelection);
  part("label-buttons").addEventListener("click", (/** @type {Event} */ event) => {
    /** @type {HTMLElement | null} */
    const button = targetOf(event).closest("[data-label]");
    if (button) labelSelected(parseLabel(button.dataset.label));
  });
  part("others")?.addEventListener("click", () => labelItems(otherItems(), parseLabel(part("others").dataset.others)));
  part("more")?.addEventListener("click", fetchMore);
  makeTabbable(allItems()[0]);
  select(EMPTY_SELECTION);
}

/** @param {MouseEvent} event */
function handleClick(event) {
  const item = targetOf(event).closest("li");
  if (!item) return;
  const id = idOf(item);
  if (event.shiftKey) select(extend(selection, allItems().map(idOf), { from: id, to: id }));
  else select(toggle(selection, id));
}

/**
 * @param {{ columns: number, rows: number }} step
 * @param {KeyboardEvent} event
 */
function moveFocus(step, event) {
  const from = targetOf(event).closest("li");
  if (!from) return false;
  const items = allItems();
  const to = items[moveIndex(items.indexOf(from), step, { count: items.length, perRow: countColumns(items) })];
  if (event.shiftKey) select(extend(selection, items.map(idOf), { from: idOf(from), to: idOf(to) }));
  buttonOf(to).focus();
  return true;
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
  for (const item of allItems()) buttonOf(item).setAttribute("aria-pressed", String(isSelected(item)));
  const count = next.selected.size;
  const max = Number(list.dataset.max);
  part("selected").hidden = count === 0;
  part("count").textContent = count > max ? `${count} selected: at most ${max} at a time` : `${count} selected`;
  part("label-buttons").disabled = count > max;
  part("problem").hidden = true;
  showOthers();
}

/** Show the button that labels all drawings that are neither selected nor labelled. */
function showOthers() {
  const button = part("others");
  const others = button ? otherItems().length : 0;
  if (button) {
    const isRest = others < allItems().length;
    button.hidden = others === 0;
    button.textContent = describeOthers(others, parseLabel(button.dataset.others), isRest);
  }
  bar.hidden = part("selected").hidden && part("problem").hidden && others === 0;
}

function clearSelection() {
  const [first] = selectedItems();
  select(EMPTY_SELECTION);
  if (first) buttonOf(first).focus();
}

/** @param {NewLabel} label */
function labelSelected(label) {
  const items = selectedItems();
  if (!items.length || items.length > Number(list.dataset.max)) return;
  labelItems(items, label);
  buttonOf(items[0]).focus();
}

/**
 * Label the selection, or else the drawing with the focus, and then go to the next one without a label.
 * @param {NewLabel} label
 * @param {HTMLElement | null} focused
 */
function labelByKey(label, focused) {
  if (selection.selected.size) return labelSelected(label);
  if (!focused) return false;
  labelItems([focused], label);
  const items = allItems();
  const next = items.slice(items.indexOf(focused) + 1).find((item) => !isLabelled(item));
  if (next) buttonOf(next).focus();
}

/**
 * Label drawings. They stay at their place and show the new label.
 * @param {HTMLElement[]} items
 * @param {NewLabel} label
 */
function labelItems(items, label) {
  const ids = items.map(idOf);
  const request = labels.begin(ids);
  for (const item of items) showNewLabel(item, label, { isSaved: false });
  select(EMPTY_SELECTION);
  enqueue(async () => {
    const before = labels.copy(ids);
    const entries = items.map((item) => item.dataset.entry ?? "");
    const result = await sendInChunks(entries, (some) => callApi("review/relabel/", { method: "POST", body: { ids: some, label } }));
    labels.save(result.done.map(({ id }) => id), () => label);
    showSaved(ids, request);
    for (const { id, detail } of result.refused) if (labels.isNewest(id, request)) showRefusal(findItem(id), detail);
    const undo = result.done.length ? () => undoLabels(result.done, before) : null;
    undoLast = undo;
    if (result.done.length || result.refused.length) showToast(describeOutcome(result, label), { undo, durationMs: UNDO_DURATION_MS });
  });
}

/**
 * @param {DoneItem[]} done
 * @param {Map<string, NewLabel | undefined>} before the saved labels to restore
 */
function undoLabels(done, before) {
  undoLast = null; // a held key undoes once
  const ids = done.map(({ id }) => id);
  const request = labels.begin(ids);
  enqueue(async () => {
    const events = done.map(({ event }) => event);
    const result = await sendInChunks(events, (some) => callApi("review/relabel/undo/", { method: "POST", body: { events: some } }));
    const undone = new Set(result.done.map(({ id }) => id));
    labels.save(undone, (id) => before.get(id));
    showSaved(ids, request);
    const first = allItems().find((item) => undone.has(idOf(item)));
    if (first) buttonOf(first).focus();
    if (undone.size || result.refused.length) showToast(result.refused.length ? result.refused[0].detail : "Undone.");
  });
}

/**
 * Show what a request has left saved, except on drawings with a newer request.
 * @param {string[]} ids
 * @param {object} request
 */
function showSaved(ids, request) {
  for (const id of ids) if (labels.isNewest(id, request)) showNewLabel(findItem(id), labels.get(id));
  showOthers();
}

/** @param {() => Promise<void>} request */
function enqueue(request) {
  lastRequest = lastRequest.then(request);
}

/**
 * Return the results of all requests until one fails, whose error is shown.
 * @template T
 * @param {T[]} entries
 * @param {(some: T[]) => Promise<BulkResult>} send
 */
async function sendInChunks(entries, send) {
  /** @type {BulkResult} */
  const all = { done: [], refused: [] };
  try {
    for (const some of chunk(entries, Number(list.dataset.max))) {
      const result = await send(some);
      all.done.push(...result.done);
      all.refused.push(...result.refused);
    }
  } catch (error) {
    part("problem").textContent = /** @type {Error} */ (error).message;
    part("problem").hidden = false;
    bar.hidden = false;
  }
  return all;
}

/** @param {Event} event */
async function fetchMore(event) {
  event.preventDefault();
  const more = part("more");
  if (isFetching) return;
  isFetching = true;
  const page = await fetchHtml(more.href);
  isFetching = false;
  if (!page) return void showToast("More drawings could not be loaded. Try again in a moment.");
  const fresh = /** @type {HTMLElement[]} */ ([...page.querySelectorAll("[data-grid] > li")]).filter((item) => !findItem(idOf(item)));
  list.append(...fresh.map((item) => document.adoptNode(item)));
  makeTabbable(fresh[0] ?? allItems()[0]);
  showOthers();
  const partOfPage = partsOf(page);
  part("searched").textContent = partOfPage("searched").textContent;
  part("empty").replaceWith(document.adoptNode(partOfPage("empty")));
  part("empty").hidden = allItems().length > 0;
  const next = partOfPage("more");
  if (next) more.replaceWith(document.adoptNode(next));
  else more.remove();
  next?.addEventListener("click", fetchMore);
  (fresh[0] ? buttonOf(fresh[0]) : next)?.focus(); // a page of a long search may be empty
}
