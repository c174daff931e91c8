/* The banner of a lost connection. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyDrawing } from "../../../static/js/draw/drawing_reducer.js";
import { createConnectionBanner } from "../../../static/js/draw/view/connection_banner.js";

test("a preview does not touch the banner, a drawing that waits does", () => {
  const writes = [];
  const dataset = new Proxy({}, { set: (_, name, value) => writes.push(`${name}=${value}`) });
  const element = { textContent: "", hidden: false };
  const render = createConnectionBanner({ dataset, hidden: true, querySelector: () => element });
  const state = { connection: { name: "offline" }, drawing: emptyDrawing("a"), unsent: [], preview: null };
  render(state, null);
  render({ ...state, preview: { key: { ref: "a", revision: 1 } } }, state);
  assert.deepEqual(writes, ["waiting=0"]);
  const waits = { ...emptyDrawing("b"), revision: 1, strokes: [[[1, 1, 0, 0.5]]] };
  render({ ...state, unsent: [waits] }, state);
  assert.deepEqual(writes, ["waiting=0", "waiting=1"]);
});
