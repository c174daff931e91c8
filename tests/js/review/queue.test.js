/* The review page: what is said moves on at once, comes back when it was not stored, can be undone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore } from "../../../static/js/draw/state.js";
import { commandForKey } from "../../../static/js/review/queue/shortcuts.js";
import { createRequestQueue } from "../../../static/js/review/queue/request_queue.js";
import { AHEAD, assignedIds, initialState, isShown, newestUndoable, reduce, SHOWN, needsItem } from "../../../static/js/review/queue/state.js";
import { answerWords, formatItemAnnouncement, formatProgress } from "../../../static/js/review/queue/text.js";

const cardOf = (n) => ({
  id: `id-${n}`, lease: `lease-${n}`, why: "A random check", strokes: [[[1, 2]]], claim: 4,
  answer: { verdict: "digit", digit: 9, confidence: 0.98 },
});
const after = (events, state = initialState()) => events.reduce(reduce, state);
const holding = (...numbers) => after(numbers.map((n) => ({ type: "fetched", card: cardOf(n), waiting: 9 })));
const ids = (list) => list.map(({ id }) => id);

test("a decision shows the next card at once and is kept with the lease and what was hidden", () => {
  const state = reduce(holding(1, 2), { type: "decided", decision: 4 });
  assert.deepEqual(ids(state.cards), ["id-2"]);
  const [said] = state.decided;
  assert.deepEqual([said.id, said.decision, said.status, said.blind], ["id-1", 4, "sending", true]);
  assert.deepEqual([state.today, state.waiting], [1, 8]);
});

test("without a card nothing is decided", () => {
  assert.deepEqual(reduce(initialState(), { type: "decided", decision: 4 }), initialState());
});

test("answer and claim are hidden until asked for, for each card anew, unless the reviewer wants them", () => {
  const revealed = reduce(holding(1, 2), { type: "revealed" });
  assert.ok(isShown(revealed));
  const next = reduce(revealed, { type: "decided", decision: 4 });
  assert.equal(next.decided[0].blind, false);
  assert.ok(!isShown(next));
  assert.ok(isShown(reduce(next, { type: "blind", blind: false })));
});

test("one that could not be stored comes back in front, with a sentence", () => {
  const sent = reduce(holding(1, 2), { type: "decided", decision: "not_a_digit" });
  const problem = { code: "unavailable", text: "The database is away." };
  const state = reduce(sent, { type: "refused", card: cardOf(1), decision: "not_a_digit", problem });
  assert.deepEqual(ids(state.cards), ["id-1", "id-2"]);
  assert.deepEqual([state.decided, state.today], [[], 0]);
  assert.equal(state.problem.text, "“not a digit” was not stored. The database is away.");
});

test("one that somebody else has now goes, and says so", () => {
  const sent = reduce(holding(1, 2), { type: "decided", decision: 3 });
  const problem = { code: "lease_lapsed", text: "You do not hold this card any more." };
  const state = reduce(sent, { type: "refused", card: cardOf(1), decision: 3, problem });
  assert.deepEqual([ids(state.cards), state.decided], [["id-2"], []]);
  assert.match(state.problem.text, /did not count/);
});

test("an undone one lies in front again", () => {
  const said = after([{ type: "decided", decision: 3 }, { type: "kept", id: "id-1" }], holding(1, 2));
  const state = after([{ type: "undoing", id: "id-1" }, { type: "undone", id: "id-1", card: cardOf(1) }], said);
  assert.deepEqual([ids(state.cards), state.decided, state.today], [["id-1", "id-2"], [], 0]);
});

test("an undone one that somebody else has is only gone", () => {
  const said = reduce(holding(1), { type: "decided", decision: 3 });
  const state = reduce(said, { type: "undone", id: "id-1", card: null });
  assert.deepEqual([state.cards, state.decided], [[], []]);
  assert.match(state.problem.text, /^Undone/);
});

test("the last ten are kept, and backspace means the newest that is not on its way back", () => {
  const numbers = Array.from({ length: SHOWN + 2 }, (_, n) => n);
  const state = numbers.reduce((now) => reduce(now, { type: "decided", decision: 1 }), holding(...numbers));
  assert.equal(state.decided.length, SHOWN);
  assert.equal(newestUndoable(state).id, "id-11");
  assert.equal(newestUndoable(reduce(state, { type: "undoing", id: "id-11" })).id, "id-10");
});

test("cards are fetched ahead, and no longer when there is none", () => {
  assert.ok(needsItem(initialState()));
  assert.ok(!needsItem(holding(...Array(AHEAD).keys())));
  assert.ok(!needsItem(reduce(initialState(), { type: "fetched", card: null, waiting: 0 })));
  assert.ok(!needsItem(reduce(initialState(), { type: "fetching" })));
});

test("what is not stored yet is in hand still", () => {
  const state = reduce(holding(1, 2), { type: "decided", decision: 3 });
  assert.deepEqual(assignedIds(state), ["id-2", "id-1"]);
  assert.deepEqual(assignedIds(reduce(state, { type: "kept", id: "id-1" })), ["id-2"]);
});

test("keys decide, skip, undo, show and play, and say nothing twice", () => {
  const means = (key, about) => commandForKey({ key }, about);
  assert.deepEqual(means("0"), { type: "decide", decision: 0 });
  assert.deepEqual(means("N"), { type: "decide", decision: "not_a_digit" });
  assert.deepEqual(means("s"), { type: "decide", decision: "skip" });
  assert.deepEqual(means("Backspace"), { type: "undo" });
  assert.deepEqual(means("a"), { type: "reveal" });
  assert.deepEqual(means(" "), { type: "play" });
  assert.deepEqual(means("7", { tag: "BUTTON" }), { type: "decide", decision: 7 });
  assert.equal(means(" ", { tag: "BUTTON" }), null);
  assert.equal(means("7", { singleKeys: false }), null);
  assert.equal(commandForKey({ key: "7", repeat: true }), null);
  assert.equal(commandForKey({ key: "s", ctrlKey: true }), null);
});

test("words tell no answer that is hidden", () => {
  assert.equal(answerWords({ verdict: "unsure", digit: 7, confidence: 0.5 }), "perhaps 7, 50\u00a0% sure");
  assert.ok(!formatItemAnnouncement(cardOf(1), false).includes("9"));
  assert.match(formatItemAnnouncement(cardOf(1), true), /says 9, 98\u00a0% sure; who drew it says 4/);
  assert.equal(formatProgress({ today: 3, waiting: 0 }), "3 judged today, none waiting");
});

test("decisions are sent in their order, an undo after what it undoes, and cards come ahead", async () => {
  const asked = [];
  let number = 0;
  const call = async (path, { body } = {}) => {
    asked.push(body ? `${path} ${body.decision}` : path);
    await null;
    if (body) return { card: body.decision === "undo" ? cardOf(0) : null };
    return { card: number < 4 ? cardOf(number++) : null, waiting: 4 };
  };
  const store = createStore(initialState(), reduce);
  const sender = createRequestQueue({ call, store });
  await sender.fetchAhead();
  assert.deepEqual(ids(store.state.cards), ["id-0", "id-1", "id-2"]);
  sender.decide(5);
  sender.undo();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(asked.filter((one) => one.startsWith("review/id-")), ["review/id-0/ 5", "review/id-0/ undo"]);
  assert.ok(asked.includes("review/next/?besides=id-1,id-2,id-0"));
  assert.equal(store.state.cards[0].id, "id-0");
});
