/* The review queue: choices move on immediately, come back when refused, and can be undone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore } from "../../../static/js/reducer_store.js";
import { createRequestQueue } from "../../../static/js/review/queue/send_decisions_in_order.js";
import { MAX_LOADED, assignedIds, initialState, isShown, newestUndoable, reduce, MAX_DECISIONS, needsItem, screenOf } from "../../../static/js/review/queue/review_state_reducer.js";
import { formatPrediction, formatItemAnnouncement, formatProgress } from "../../../static/js/review/queue/review_page_texts.js";

const itemOf = (n) => ({
  id: `id-${n}`, lease: `lease-${n}`, why: "A random check", strokes: [[[1, 2]]], claim: 4,
  prediction: { decision: "digit", digit: 9, confidence: 0.98 },
});
const after = (events, state = initialState()) => events.reduce(reduce, state);
const holding = (...numbers) => after(numbers.map((n) => ({ type: "fetched", item: itemOf(n), waiting: 9 })));
const ids = (list) => list.map(({ id }) => id);

test("a choice shows the next item and keeps its lease and blindness", () => {
  const state = reduce(holding(1, 2), { type: "chosen", choice: 4 });
  assert.deepEqual(ids(state.items), ["id-2"]);
  const [decision] = state.decisions;
  assert.deepEqual([decision.id, decision.choice, decision.status, decision.blind], ["id-1", 4, "sending", true]);
  assert.deepEqual([state.today, state.waiting], [1, 8]);
});

test("without an item nothing can be chosen", () => {
  assert.deepEqual(reduce(initialState(), { type: "chosen", choice: 4 }), initialState());
});

test("the prediction and the claim are hidden until revealed, for each item", () => {
  const revealed = reduce(holding(1, 2), { type: "revealed" });
  assert.ok(isShown(revealed));
  const next = reduce(revealed, { type: "chosen", choice: 4 });
  assert.equal(next.decisions[0].blind, false);
  assert.ok(!isShown(next));
  assert.ok(isShown(reduce(next, { type: "blind", blind: false })));
});

test("an item whose decision was refused comes back first", () => {
  const sent = reduce(holding(1, 2), { type: "chosen", choice: "not_a_digit" });
  const problem = { code: "unavailable", text: "The database is not available." };
  const state = reduce(sent, { type: "refused", item: itemOf(1), choice: "not_a_digit", problem });
  assert.deepEqual(ids(state.items), ["id-1", "id-2"]);
  assert.deepEqual([state.decisions, state.today], [[], 0]);
  assert.equal(state.problem.text, "“not a digit” was not saved. The database is not available.");
});

test("an item with an expired lease is removed with a message", () => {
  const sent = reduce(holding(1, 2), { type: "chosen", choice: 3 });
  const problem = { code: "lease_expired", text: "You no longer hold this item." };
  const state = reduce(sent, { type: "refused", item: itemOf(1), choice: 3, problem });
  assert.deepEqual([ids(state.items), state.decisions], [["id-2"], []]);
  assert.match(state.problem.text, /was not saved/);
});

test("an undone item comes back first", () => {
  const decision = after([{ type: "chosen", choice: 3 }, { type: "saved", id: "id-1" }], holding(1, 2));
  const state = after([{ type: "undoing", id: "id-1" }, { type: "undone", id: "id-1", item: itemOf(1) }], decision);
  assert.deepEqual([ids(state.items), state.decisions, state.today], [["id-1", "id-2"], [], 0]);
});

test("an undone item of another reviewer is only removed", () => {
  const decision = reduce(holding(1), { type: "chosen", choice: 3 });
  const state = reduce(decision, { type: "undone", id: "id-1", item: null });
  assert.deepEqual([state.items, state.decisions], [[], []]);
  assert.match(state.problem.text, /^Undone/);
});

test("the last ten decisions are kept, and Backspace undoes the newest", () => {
  const numbers = Array.from({ length: MAX_DECISIONS + 2 }, (_, n) => n);
  const state = numbers.reduce((now) => reduce(now, { type: "chosen", choice: 1 }), holding(...numbers));
  assert.equal(state.decisions.length, MAX_DECISIONS);
  assert.equal(newestUndoable(state).id, "id-11");
  assert.equal(newestUndoable(reduce(state, { type: "undoing", id: "id-11" })).id, "id-10");
});

test("items are loaded ahead until there are none", () => {
  assert.ok(needsItem(initialState()));
  assert.ok(!needsItem(holding(...Array(MAX_LOADED).keys())));
  assert.ok(!needsItem(reduce(initialState(), { type: "fetched", item: null, waiting: 0 })));
  assert.ok(!needsItem(reduce(initialState(), { type: "fetching" })));
});

test("a message takes the place of the drawing, without flicker while the server is asked again", () => {
  const fetched = { type: "fetched", item: null, waiting: 0 };
  const failed = { type: "fetchFailed", problem: { text: "No connection." } };
  const events = [{ type: "fetching" }, fetched, { type: "polled" }, { type: "fetching" }, failed, { type: "polled" }, { ...fetched, item: itemOf(1) }];
  const screens = events.map((_, index) => screenOf(after(events.slice(0, index + 1))));
  assert.deepEqual(screens, ["loading", "empty", "empty", "empty", "failed", "failed", "item"]);
});

test("unsaved drawings are excluded from the next request", () => {
  const state = reduce(holding(1, 2), { type: "chosen", choice: 3 });
  assert.deepEqual(assignedIds(state), ["id-2", "id-1"]);
  assert.deepEqual(assignedIds(reduce(state, { type: "saved", id: "id-1" })), ["id-2"]);
});

test("the announcement contains no hidden prediction", () => {
  assert.equal(formatPrediction({ decision: "unsure", digit: 7, confidence: 0.5 }), "perhaps 7, 50\u00a0%");
  assert.ok(!formatItemAnnouncement(itemOf(1), false).includes("9"));
  assert.match(formatItemAnnouncement(itemOf(1), true), /Prediction: 9, 98\u00a0% sure. Claim: 4/);
  assert.equal(formatProgress({ today: 3, waiting: 0 }), "3 reviewed today, 0 waiting");
});

test("requests are sent in order, and items are loaded ahead", async () => {
  const requests = [];
  let number = 0;
  const call = async (path, { body } = {}) => {
    requests.push(body ? `${path} ${body.choice}` : path);
    await null;
    if (body) return { item: body.choice === "undo" ? itemOf(0) : null };
    return { item: number < 4 ? itemOf(number++) : null, waiting: 4 };
  };
  const store = createStore(initialState(), reduce);
  const queue = createRequestQueue({ call, store });
  await queue.fetchAhead();
  assert.deepEqual(ids(store.state.items), ["id-0", "id-1"]);
  queue.choose(5);
  queue.undo();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(requests.filter((one) => one.startsWith("review/id-")), ["review/id-0/ 5", "review/id-0/ undo"]);
  assert.ok(requests.includes("review/next/?exclude=id-1,id-0"));
  assert.equal(store.state.items[0].id, "id-0");
});
