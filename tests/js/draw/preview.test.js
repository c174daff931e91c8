/* Previews: predictions of this browser, shown until the server's prediction of the same ink arrives. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { currentPreview, initialState, reduce } from "../../../static/js/draw/page_state_reducer.js";
import { startPreviews } from "../../../static/js/draw/preview_requests.js";
import { createStore } from "../../../static/js/reducer_store.js";

const prediction = { decision: "digit", digit: 3, confidence: 1, probabilities: [] };
const previewed = (revision, ref = "ref-1") => ({ type: "previewed", key: { ref, revision }, prediction });
const drew = { type: "strokeEnded", stroke: [[1, 1]], pointer: "pen" };
const receive = (message) => ({ type: "message", message, at: 0, ref: "fresh" });
const predicted = (revision) => receive({ type: "prediction", id: "id", ref: "ref-1", revision, decision: "digit", digit: 7 });
const after = (...events) => events.reduce(reduce, initialState("ref-1"));
const championOf = (url) => ({ model: "m@1", browser: url && { url, sha256: "1" } });
const hello = (url) => receive({ type: "hello", limits: {}, champion: championOf(url) });

test("a preview is shown from the first points until the server's prediction", () => {
  assert.equal(currentPreview(after(previewed(1))), prediction);
  assert.equal(currentPreview(after(previewed(1), drew)), prediction);
  assert.equal(currentPreview(after(previewed(1), drew, predicted(1))), null);
});

test("a prediction of earlier ink does not replace the preview of an unfinished stroke", () => {
  assert.equal(currentPreview(after(drew, previewed(2), predicted(1))), prediction);
});

test("undo, a discarded stroke and another drawing hide a preview", () => {
  assert.equal(currentPreview(after(drew, previewed(1), { type: "undone" })), null);
  assert.equal(currentPreview(after(previewed(1), { type: "strokeDiscarded" })), null);
  assert.equal(currentPreview(after(previewed(1, "ref-2"))), null);
});

/** A worker that keeps the messages it receives. */
function fakeWorker() {
  const received = [];
  return { received, postMessage: (message) => received.push(message), onmessage: null };
}

/** @param {ReturnType<typeof fakeWorker>} worker */
function urlsOf(worker) {
  return worker.received.map(({ url }) => url).filter(Boolean);
}

test("a page without a bundle starts no worker", () => {
  const store = createStore(initialState("ref-1"), reduce);
  startPreviews(store, () => assert.fail());
  for (const event of [hello(null), drew]) store.dispatch(event);
});

test("of several waiting requests only the newest is sent", () => {
  const worker = fakeWorker();
  const store = createStore(initialState("ref-1"), reduce);
  const extend = startPreviews(store, () => worker);
  store.dispatch(hello("/a"));
  for (const length of [1, 2, 3]) extend(Array.from({ length }, () => [1, 1]));
  worker.onmessage({ data: { key: { ref: "ref-1", revision: 1 }, prediction } });
  assert.deepEqual(worker.received.map(({ url, points }) => url ?? points.lengths[0]), ["/a", 1, 3]);
  assert.equal(currentPreview(store.state), prediction);
});

test("the first stroke loads the bundle, a reconnect does not load it again", () => {
  const worker = fakeWorker();
  const store = createStore(initialState("ref-1"), reduce);
  const extend = startPreviews(store, () => worker);
  store.dispatch(hello("/a"));
  assert.deepEqual(worker.received, []);
  extend([[1, 1]]);
  store.dispatch(hello("/a"));
  extend([[1, 1]]);
  assert.deepEqual(urlsOf(worker), ["/a"]);
});

test("ink that was drawn before the connection gets its preview after it", () => {
  const worker = fakeWorker();
  const store = createStore(initialState("ref-1"), reduce);
  const extend = startPreviews(store, () => worker);
  extend([[1, 1]]);
  extend([[1, 1], [2, 2]]);
  store.dispatch(hello("/a"));
  assert.deepEqual(worker.received.map(({ url, points }) => url ?? points.lengths[0]), ["/a", 2]);
});

test("the stroke after a promotion loads the new bundle, during a prediction too", () => {
  const worker = fakeWorker();
  const store = createStore(initialState("ref-1"), reduce);
  const extend = startPreviews(store, () => worker);
  for (const champion of ["/a", "/b"].map(championOf)) {
    store.dispatch(receive({ type: "champion", champion }));
    extend([[1, 1]]);
  }
  assert.deepEqual(urlsOf(worker), ["/a", "/b"]);
});
