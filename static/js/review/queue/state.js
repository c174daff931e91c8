/* The whole state of the review page: (state, event) -> state. Pure. The first of `cards` is looked
   at, the others are ready behind it; what is said moves on at once and is sent afterwards. */
import { formatChoice } from "./text.js";

export const AHEAD = 3; // cards in hand, the one looked at included
export const SHOWN = 10; // of one's last decisions
const GONE = new Set(["lease_lapsed", "stale", "deleted", "not_found", "own"]);

export function initialState({ decided = [], today = 0, blind = true } = {}) {
  return {
    cards: [],
    isFetching: false,
    isEmpty: false, // the site has no other card for now
    waiting: null,
    decided, // the newest first: { id, decision, card, status }
    today,
    blind,
    isRevealed: false,
    problem: null,
  };
}

export function reduce(state, event) {
  switch (event.type) {
    case "fetching":
      return { ...state, isFetching: true };
    case "fetched":
      return fetched(state, event);
    case "fetch_failed":
      return { ...state, isFetching: false, isEmpty: true, problem: { ...event.problem, isFetch: true } };
    case "decided":
      return decided(state, event.decision);
    case "kept":
      return { ...state, decided: mark(state.decided, event.id, "kept") };
    case "refused":
      return refused(state, event);
    case "undoing":
      return { ...state, problem: null, decided: mark(state.decided, event.id, "undoing") };
    case "undone":
      return undone(state, event);
    case "undo_failed":
      return { ...state, problem: event.problem, decided: mark(state.decided, event.id, "kept") };
    case "look_again":
      return { ...state, isEmpty: false };
    case "revealed":
      return state.cards.length ? { ...state, isRevealed: true } : state;
    case "blind":
      return { ...state, blind: event.blind, isRevealed: false };
    default:
      return state;
  }
}

/* Whether another card should be asked for now. */
export function needsItem({ cards, isFetching, isEmpty }) {
  return cards.length < AHEAD && !isFetching && !isEmpty;
}

/* Ids of drawings that are in hand, or said about and not yet stored: not wanted once more. */
export function assignedIds({ cards, decided }) {
  const unsent = decided.filter(({ status }) => status === "sending").map(({ id }) => id);
  return [...cards.map(({ id }) => id), ...unsent];
}

export function isShown({ blind, isRevealed }) {
  return !blind || isRevealed;
}

/* What backspace undoes: the newest that is not being undone already. */
export function newestUndoable({ decided }) {
  return decided.find(({ status }) => status !== "undoing") ?? null;
}

function fetched(state, { card, waiting }) {
  const isNew = card && !assignedIds(state).includes(card.id);
  const unsent = state.decided.filter(({ status }) => status === "sending").length;
  return {
    ...state,
    isFetching: false,
    isEmpty: !isNew,
    problem: state.problem?.isFetch ? null : state.problem,
    waiting: Math.max(0, waiting - unsent),
    cards: isNew ? [...state.cards, card] : state.cards,
  };
}

function decided(state, decision) {
  const [card, ...cards] = state.cards;
  if (!card) return state;
  const said = { id: card.id, decision, card, status: "sending", blind: !isShown(state) };
  const others = state.decided.filter(({ id }) => id !== card.id);
  return {
    ...state,
    cards,
    decided: [said, ...others].slice(0, SHOWN),
    today: state.today + (decision === "skip" ? 0 : 1),
    waiting: state.waiting === null ? null : Math.max(0, state.waiting - 1),
    isEmpty: false,
    isRevealed: false,
    problem: null,
  };
}

/* The card comes back to be judged again, unless nobody could judge it any more. */
function refused(state, { card, decision, problem }) {
  const isGone = GONE.has(problem.code);
  const today = state.today - (decision === "skip" ? 0 : 1);
  const left = state.decided.filter(({ id }) => id !== card.id);
  if (isGone) return { ...state, decided: left, today, problem: { text: goneWords(problem) } };
  const text = `“${formatChoice(decision)}” was not stored. ${problem.text}`;
  return front({ ...state, decided: left, today, problem: { text } }, card);
}

function undone(state, { id, card }) {
  const said = state.decided.find((one) => one.id === id);
  const today = said && said.decision !== "skip" ? state.today - 1 : state.today;
  const left = { ...state, today, decided: state.decided.filter((one) => one.id !== id) };
  if (card) return front({ ...left, waiting: state.waiting === null ? null : state.waiting + 1 }, card);
  return { ...left, problem: { text: "Undone. Somebody else has the drawing now." } };
}

function front(state, card) {
  const others = state.cards.filter(({ id }) => id !== card.id);
  return { ...state, cards: [card, ...others], isRevealed: false };
}

function mark(decided, id, status) {
  return decided.map((one) => (one.id === id ? { ...one, status } : one));
}

function goneWords({ text }) {
  return `Your last one did not count. ${text}`;
}
