/* The state of the review page: (state, event) -> state. Pure. The first of `items` is shown, the
   others are loaded ahead. A choice shows the next item immediately and is sent afterwards. */
import { formatChoice } from "./review_page_texts.js";

export const MAX_LOADED = 2; // items, with the one that is shown; the server lends a third while one is sent
export const MAX_DECISIONS = 10; // decisions that are shown and can be undone
const FINAL_CODES = new Set(["lease_expired", "stale", "deleted", "withdrawn"]);

/**
 * @typedef {object} ReviewDecision
 * @property {string} id of the review item
 * @property {ReviewChoice} choice
 * @property {ReviewItem} item
 * @property {"sending" | "saved" | "undoing"} status
 * @property {boolean} [blind] whether the prediction and the claim were hidden
 */

/**
 * @typedef {object} ReviewState
 * @property {ReviewItem[]} items
 * @property {boolean} isFetching
 * @property {boolean} isEmpty the server has no other item for now
 * @property {boolean} isPolling the server is asked again whether it has an item
 * @property {number | null} waiting how many items wait for this reviewer
 * @property {ReviewDecision[]} decisions newest first
 * @property {number} today how many were decided today
 * @property {boolean} blind
 * @property {boolean} isRevealed the prediction and the claim of the first item are shown
 * @property {{ text?: string, code?: string, isFetch?: boolean } | null} problem
 */

/**
 * @param {{ decided?: Omit<ReviewDecision, "status">[], today?: number, blind?: boolean }} [stored]
 * @returns {ReviewState}
 */
export function initialState({ decided = [], today = 0, blind = true } = {}) {
  return {
    items: [],
    isFetching: false,
    isEmpty: false,
    isPolling: false,
    waiting: null,
    decisions: decided.map((decision) => ({ ...decision, status: "saved" })),
    today,
    blind,
    isRevealed: false,
    problem: null,
  };
}

/**
 * @param {ReviewState} state
 * @param {any} event
 * @returns {ReviewState}
 */
export function reduce(state, event) {
  switch (event.type) {
    case "fetching":
      return { ...state, isFetching: true };
    case "fetched":
      return addItem(state, event);
    case "fetchFailed":
      return { ...state, isFetching: false, isEmpty: true, isPolling: false, problem: { ...event.problem, isFetch: true } };
    case "chosen":
      return addDecision(state, event.choice);
    case "saved":
      return { ...state, decisions: setStatus(state.decisions, event.id, "saved") };
    case "refused":
      return refuse(state, event);
    case "undoing":
      return { ...state, problem: null, decisions: setStatus(state.decisions, event.id, "undoing") };
    case "undone":
      return undo(state, event);
    case "undoFailed":
      return { ...state, problem: event.problem, decisions: setStatus(state.decisions, event.id, "saved") };
    case "polled":
      return { ...state, isEmpty: false, isPolling: true };
    case "revealed":
      return state.items.length ? { ...state, isRevealed: true } : state;
    case "blind":
      return { ...state, blind: event.blind, isRevealed: false };
    default:
      return state;
  }
}

/**
 * True if another item should be fetched now.
 * @param {ReviewState} state
 */
export function needsItem({ items, isFetching, isEmpty }) {
  return items.length < MAX_LOADED && !isFetching && !isEmpty;
}

/**
 * Return the ids of the items that are loaded, or decided and not yet saved: the server should
 * not return them again.
 * @param {ReviewState} state
 */
export function assignedIds({ items, decisions }) {
  const unsaved = decisions.filter(({ status }) => status === "sending").map(({ id }) => id);
  return [...items.map(({ id }) => id), ...unsaved];
}

/**
 * Return the kind of content in the place of the drawing.
 * @param {ReviewState} state
 * @returns {"item" | "loading" | "empty" | "failed"}
 */
export function screenOf({ items, isEmpty, isPolling, problem }) {
  if (items.length) return "item";
  if (problem?.isFetch) return "failed";
  return isEmpty || isPolling ? "empty" : "loading";
}

/** @param {ReviewState} state */
export function isShown({ blind, isRevealed }) {
  return !blind || isRevealed;
}

/**
 * Return the number of decisions and undos that the server has not saved yet.
 * @param {ReviewState} state
 */
export function countUnsaved({ decisions }) {
  return decisions.filter(({ status }) => status !== "saved").length;
}

/**
 * Return the decision that Backspace undoes: the newest one that is not being undone already.
 * @param {ReviewState} state
 */
export function newestUndoable({ decisions }) {
  return decisions.find(({ status }) => status !== "undoing") ?? null;
}

/**
 * @param {ReviewState} state
 * @param {{ item: ReviewItem | null, waiting: number }} response
 */
function addItem(state, { item, waiting }) {
  const isNew = item !== null && !assignedIds(state).includes(item.id);
  const unsaved = state.decisions.filter(({ status }) => status === "sending").length;
  return {
    ...state,
    isFetching: false,
    isEmpty: !isNew,
    isPolling: false,
    problem: state.problem?.isFetch ? null : state.problem,
    waiting: Math.max(0, waiting - unsaved),
    items: isNew ? [...state.items, item] : state.items,
  };
}

/**
 * @param {ReviewState} state
 * @param {ReviewChoice} choice
 * @returns {ReviewState}
 */
function addDecision(state, choice) {
  const [item, ...items] = state.items;
  if (!item) return state;
  const others = state.decisions.filter(({ id }) => id !== item.id);
  /** @type {ReviewDecision} */
  const decision = { id: item.id, choice, item, status: "sending", blind: !isShown(state) };
  return {
    ...state,
    items,
    decisions: [decision, ...others].slice(0, MAX_DECISIONS),
    today: state.today + (choice === "skip" ? 0 : 1),
    waiting: state.waiting === null ? null : Math.max(0, state.waiting - 1),
    isEmpty: false,
    isRevealed: false,
    problem: null,
  };
}

/**
 * The server refused a decision. The item comes back, unless it can no longer be reviewed.
 * @param {ReviewState} state
 * @param {{ item: ReviewItem, choice: ReviewChoice, problem: { code: string, text: string } }} event
 */
function refuse(state, { item, choice, problem }) {
  const today = state.today - (choice === "skip" ? 0 : 1);
  const decisions = state.decisions.filter(({ id }) => id !== item.id);
  if (FINAL_CODES.has(problem.code)) {
    return { ...state, decisions, today, problem: { text: `Your last review was not saved. ${problem.text}` } };
  }
  const text = `“${formatChoice(choice)}” was not saved. ${problem.text}`;
  return showFirst({ ...state, decisions, today, problem: { text } }, item);
}

/**
 * @param {ReviewState} state
 * @param {{ id: string, item: ReviewItem | null }} event `item` is null if another reviewer has it now
 */
function undo(state, { id, item }) {
  const undone = state.decisions.find((one) => one.id === id);
  const today = undone && undone.choice !== "skip" ? state.today - 1 : state.today;
  const rest = { ...state, today, decisions: state.decisions.filter((one) => one.id !== id) };
  if (item) return showFirst({ ...rest, waiting: state.waiting === null ? null : state.waiting + 1 }, item);
  return { ...rest, problem: { text: "Undone. Another reviewer has the drawing now." } };
}

/**
 * @param {ReviewState} state
 * @param {ReviewItem} item
 */
function showFirst(state, item) {
  const others = state.items.filter(({ id }) => id !== item.id);
  return { ...state, items: [item, ...others], isRevealed: false };
}

/**
 * @param {ReviewDecision[]} decisions
 * @param {string} id
 * @param {ReviewDecision["status"]} status
 */
function setStatus(decisions, id, status) {
  return decisions.map((one) => (one.id === id ? { ...one, status } : one));
}
