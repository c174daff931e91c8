/* A page sends nothing for another user, and its ink is stored for its own user only. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameUser } from "../../static/js/page_user.js";
import { ReconnectingSocket } from "../../static/js/realtime/reconnecting_socket.js";
import { loadStoredInk, removeStoredInk, storeInk } from "../../static/js/stored_ink.js";

const EVA = { id: "5", username: "eva" };
const BOB = { id: 6, username: "bob" };

function fakeStorage(entries = {}) {
  const items = new Map(Object.entries(entries));
  const storage = {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
  return { items, read: () => storage };
}

function socketOf(user, { canSend = () => true } = {}) {
  const [made, messages, statuses] = [[], [], []];
  const makeSocket = () => {
    const socket = { sent: [], send: (text) => socket.sent.push(JSON.parse(text)), close: () => (socket.closed = true) };
    made.push(socket);
    return socket;
  };
  const live = new ReconnectingSocket({
    url: "ws://here/", user, canSend, makeSocket, random: () => 0.5,
    onMessage: (message) => messages.push(message), onStatus: (status) => statuses.push(status),
  });
  const receive = (message) => made.at(-1).onmessage({ data: JSON.stringify(message) });
  return { live, made, messages, statuses, receive };
}

for (const [name, page, user, expected] of [
  ["the same user", EVA, { id: 5, username: "eva" }, true],
  ["the same user after a change of name", EVA, { id: 5, username: "eva2" }, true],
  ["another user", EVA, BOB, false],
  ["another user of a recycled name", EVA, { id: 50, username: "eva" }, false],
  ["a page of an anonymous visitor", { id: "", username: "" }, BOB, true],
]) {
  test(`isSameUser: ${name}`, () => assert.equal(isSameUser(page, user), expected));
}

test("a socket of another user is closed and sends nothing", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { live, made, messages, statuses, receive } = socketOf(EVA);
  live.connect();
  receive({ type: "hello", user: BOB, cursor: 1, limits: {} });
  assert.deepEqual(statuses.at(-1), { name: "other_user", user: BOB });
  assert.equal(live.send({ type: "draw" }), false);
  t.mock.timers.tick(60_000);
  assert.deepEqual([made.length, made[0].closed, made[0].sent, messages], [1, true, [], []]);
});

test("another user after a lost connection receives nothing", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { live, made, statuses, receive } = socketOf(EVA);
  live.connect();
  receive({ type: "hello", user: { ...EVA, id: 5 }, cursor: 1, limits: {} });
  made[0].onclose({ code: 1006 });
  t.mock.timers.tick(300);
  receive({ type: "hello", user: BOB, cursor: 9, limits: {} });
  assert.equal(statuses.at(-1).name, "other_user");
  assert.deepEqual(made[1].sent, []); // no resume either
});

test("the socket continues when the user of the page is back", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { live, statuses, receive } = socketOf(EVA);
  live.connect();
  receive({ type: "hello", user: BOB, cursor: 1, limits: {} });
  live.checkConnection();
  receive({ type: "hello", user: { ...EVA, id: 5 }, cursor: 1, limits: {} });
  assert.equal(statuses.at(-1).name, "open");
  assert.equal(live.send({ type: "draw" }), true);
});

test("an open socket sends nothing while the page is stopped", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let isStopped = false;
  const { live, receive } = socketOf(EVA, { canSend: () => !isStopped });
  live.connect();
  receive({ type: "hello", user: { ...EVA, id: 5 }, cursor: 1, limits: {} });
  isStopped = true;
  assert.equal(live.send({ type: "draw" }), false);
});

test("stored ink is kept for its own user only", () => {
  const { items, read } = fakeStorage();
  storeInk(JSON.stringify({ user: "5", drawings: [] }), read);
  removeStoredInk({ exceptOf: "5", storage: read });
  assert.equal(JSON.parse(loadStoredInk(read)).user, "5");
  removeStoredInk({ exceptOf: "6", storage: read });
  assert.equal(items.size, 0);
});

for (const text of ["{", "null", '{"user":"5"}']) {
  test(`after the sign-out no ink is stored: ${text}`, () => {
    const { items, read } = fakeStorage({ sheet: text });
    removeStoredInk({ storage: read });
    assert.equal(items.size, 0);
  });
}

test("blocked storage is no error", () => {
  const read = () => {
    throw new Error("blocked");
  };
  storeInk("{}", read);
  removeStoredInk({ storage: read });
  assert.equal(loadStoredInk(read), null);
});
