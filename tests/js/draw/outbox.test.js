/* Unsent messages, drawings that survive a reload, shortcuts, uploads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { csrfToken } from "../../../static/js/api.js";
import { emptyDrawing, reduceDrawing } from "../../../static/js/draw/drawing_reducer.js";
import { serializeDrawing, deserializeDrawing } from "../../../static/js/draw/session_storage.js";
import { newRef, uuidFromBytes } from "../../../static/js/draw/uuid.js";
import { mayLoad } from "../../../static/js/draw/net/unsent_drawing_storage.js";
import { initialState, listWaiting, reduce } from "../../../static/js/draw/page_state_reducer.js";
import { describeConnection } from "../../../static/js/draw/drawing_page_texts.js";
import { unsentMessages } from "../../../static/js/draw/net/unsent_messages.js";
import { canSendUnchanged, fittingSize } from "../../../static/js/draw/input/prepare_image.js";

const open = { name: "open" };
const drew = { type: "strokeEnded", stroke: [[1, 1, 0, 0.5]], pointer: "mouse" };
const drawn = [drew, drew].reduce(reduceDrawing, emptyDrawing("ref-1"));
const predicted = { ...drawn, id: "id-1", prediction: { revision: 2, decision: "digit", digit: 7 } };
const keysOf = (items) => new Set(items.map(({ key }) => key));
const state = (changes) => ({ unsent: [], connection: open, ...changes });

test("the strokes of the newest revision are unsent until predicted", () => {
  const [{ message }] = unsentMessages(state({ drawing: drawn }), new Set());
  assert.deepEqual(message, { type: "draw", ref: "ref-1", revision: 2, strokes: drawn.strokes, pointer: "mouse" });
  assert.deepEqual(unsentMessages(state({ drawing: predicted }), new Set()), []);
});

test("a message is sent once on a connection, and again on the next", () => {
  const waiting = state({ drawing: drawn });
  assert.deepEqual(unsentMessages(waiting, keysOf(unsentMessages(waiting, new Set()))), []);
  assert.equal(unsentMessages(waiting, new Set()).length, 1);
});

test("nothing is sent without a connection", () => {
  assert.deepEqual(unsentMessages(state({ drawing: drawn, connection: { name: "lost" } }), new Set()), []);
});

test("a retry is a new revision and is sent again", () => {
  const before = keysOf(unsentMessages(state({ drawing: drawn }), new Set()));
  const retried = reduceDrawing(drawn, { type: "retried", ref: "ref-1" });
  assert.equal(unsentMessages(state({ drawing: retried }), before).length, 1);
});

test("a claim is unsent until confirmed, and after every change", () => {
  let drawing = predicted;
  const known = new Set();
  const sent = [];
  for (const claim of [3, 3, 3]) {
    drawing = reduceDrawing(drawing, { type: "claimed", claim });
    const items = unsentMessages(state({ drawing }), known);
    for (const { key } of items) known.add(key);
    sent.push(...items.map(({ message }) => message.claim));
  }
  assert.deepEqual(sent, [3, null, 3]);
  assert.deepEqual(unsentMessages(state({ drawing: { ...drawing, claimPending: false } }), new Set()), []);
});

test("the drawing on the canvas survives a reload, for the same user only", () => {
  const text = serializeDrawing("12", predicted);
  const drawing = deserializeDrawing("12", text);
  assert.deepEqual([drawing.ref, drawing.id, drawing.revision, drawing.strokes, drawing.prediction.digit], ["ref-1", "id-1", 2, drawn.strokes, 7]);
  assert.equal(reduceDrawing(drawing, { type: "undone" }).strokes.length, 1);
  assert.equal(deserializeDrawing("13", text), null);
  assert.equal(serializeDrawing("12", emptyDrawing("new")), null);
});

test("the drawing of a visitor survives a reload", () => {
  assert.equal(deserializeDrawing("", serializeDrawing("", drawn)).ref, "ref-1");
});

test("an invalid stored text is ignored", () => {
  for (const text of [null, "", "{", "[]", '{"user":"12"}', '{"user":"12","drawing":{"strokes":4}}']) {
    assert.equal(deserializeDrawing("12", text), null);
  }
});

const EVA = { id: "5", username: "eva" };
const GUEST = { id: "7", username: "" };
const VISITOR = { id: "", username: "" };
for (const [name, owner, isGuest, user, expected] of [
  ["its own user", "5", false, EVA, true],
  ["another account", "6", false, EVA, false],
  ["an account, if a guest drew it", "7", true, EVA, false],
  ["an account, if a visitor drew it", "", false, EVA, false],
  ["a guest, if a visitor drew it", "", false, GUEST, true],
  ["a guest, if another guest drew it", "8", true, GUEST, false],
  ["a visitor, if a guest drew it whose session has ended", "7", true, VISITOR, true],
  ["a visitor, if an account drew it", "5", false, VISITOR, false],
]) {
  test(`an unsent drawing is ${expected ? "" : "not "}loaded by ${name}`, () => {
    assert.equal(mayLoad({ owner, isGuest }, user), expected);
  });
}

test("a drawing of a closed tab joins the unsent ones once", () => {
  const drawing = reduceDrawing(emptyDrawing("ref-2"), drew);
  const found = (state) => reduce(state, { type: "unsentFound", drawings: [drawing, drawn] });
  const after = found(found({ ...initialState("ref-1"), drawing: drawn }));
  assert.deepEqual(after.unsent.map(({ ref }) => ref), ["ref-2"]);
  assert.equal(listWaiting(after).length, 2);
});

test("the banner counts the drawings that wait", () => {
  assert.match(describeConnection({ name: "lost" }, 1), /\b1 drawing waits\b/);
  assert.match(describeConnection({ name: "offline" }, 2), /\b2 drawings wait\b/);
  assert.equal(describeConnection({ name: "open" }, 2), "");
});

test("a drawing that is sent later has its age", () => {
  const later = { ...drawn, drawnAt: 1_000 };
  const ageOf = (drawing, now) => unsentMessages(state({ drawing }), new Set(), now)[0].message.age_ms;
  assert.equal(ageOf(later, 61_000), 60_000);
  assert.equal(ageOf(later, 1_200), undefined);
  assert.equal(ageOf(later, 0), undefined); // the clock was set back
  assert.equal(ageOf({ ...later, storedRevision: 1 }, 61_000), undefined);
  const [first, second] = [500, 900].map((at) => ({ ...drew, at }));
  assert.equal([first, second].reduce(reduceDrawing, emptyDrawing("ref-1")).drawnAt, 500);
});

test("a ref is a random UUID, even without randomUUID", () => {
  const insecure = { getRandomValues: (bytes) => bytes.fill(0xff) };
  assert.equal(newRef(insecure), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  assert.equal(uuidFromBytes(new Uint8Array(16)), "00000000-0000-4000-8000-000000000000");
});

test("the CSRF token is found among other cookies", () => {
  const name = "csrftoken-8000";
  assert.equal(csrfToken("a=1; csrftoken-8001=abc; csrftoken-8000=xyz; b=2", name), "xyz");
  assert.equal(csrfToken("notcsrftoken-8000=1", name), "");
});

test("a photo is made smaller and keeps its shape", () => {
  const { width, height } = fittingSize({ width: 4032, height: 3024 }, 1_000_000);
  assert.ok(width * height <= 1_000_000 && width * height > 990_000);
  assert.ok(Math.abs(width / height - 4 / 3) < 0.01);
  assert.deepEqual(fittingSize({ width: 28, height: 28 }, 1_000_000), { width: 28, height: 28 });
});

const SIGNATURES = {
  PNG: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13],
  JPEG: [0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1],
  WebP: [0x52, 0x49, 0x46, 0x46, 1, 2, 3, 4, 0x57, 0x45, 0x42, 0x50],
  GIF: [0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0, 0, 0, 0, 0, 0],
  "WAV in RIFF": [0x52, 0x49, 0x46, 0x46, 1, 2, 3, 4, 0x57, 0x41, 0x56, 0x45],
  nothing: [],
};
const within = (signature, changes = {}) =>
  canSendUnchanged(
    { signature: Uint8Array.from(SIGNATURES[signature]), numBytes: 490, size: { width: 200, height: 200 }, ...changes },
    { maxBytes: 5000, maxPixels: 1_000_000 },
  );

for (const [name, expected] of [["PNG", true], ["JPEG", true], ["WebP", true], ["GIF", false], ["WAV in RIFF", false], ["nothing", false]]) {
  test(`a file within the limits is sent as it is: ${name}`, () => assert.equal(within(name), expected));
}

test("a file beyond a limit is encoded again", () => {
  assert.equal(within("PNG", { numBytes: 5001 }), false);
  assert.equal(within("JPEG", { size: { width: 1001, height: 1000 } }), false);
  assert.equal(within("PNG", { numBytes: 5000, size: { width: 1000, height: 1000 } }), true);
  assert.equal(within("PNG", { size: null }), true); // the server decides
});
