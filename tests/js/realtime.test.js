/* The realtime connection: backoff, resume, close codes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs } from "../../static/js/realtime/backoff.js";
import { advanceCursor, INITIAL_CURSOR, resumePoint } from "../../static/js/realtime/resume_cursor.js";
import { ReconnectingSocket, socketUrl } from "../../static/js/realtime/reconnecting_socket.js";

function connected({ random = () => 0.5 } = {}) {
  const [made, messages, statuses] = [[], [], []];
  const makeSocket = () => {
    const socket = { sent: [], send: (text) => socket.sent.push(JSON.parse(text)), close: () => (socket.closed = true) };
    made.push(socket);
    return socket;
  };
  const live = new ReconnectingSocket({
    url: "ws://here/ws/recognize/", makeSocket, random,
    onMessage: (message) => messages.push(message), onStatus: (status) => statuses.push(status),
  });
  const receive = (message) => made.at(-1).onmessage({ data: JSON.stringify(message) });
  const close = (code) => made.at(-1).onclose({ code });
  return { live, made, messages, statuses, receive, close };
}

test("delays grow up to eight seconds, with jitter of up to a half", () => {
  const waits = [0, 1, 2, 3, 4, 5, 20].map((attempt) => backoffMs(attempt, 1));
  assert.deepEqual(waits, [400, 800, 1600, 3200, 6400, 8000, 8000]);
  assert.equal(backoffMs(3, 0), 1600);
});

test("the first hello sets the cursor, later ones resume a few changes before", () => {
  let state = advanceCursor(INITIAL_CURSOR, { type: "hello", cursor: "a0" });
  for (let n = 1; n <= 20; n += 1) state = advanceCursor(state, { type: "label", cursor: `a${n}` });
  assert.equal(resumePoint(state), "a13");
  assert.ok(advanceCursor(state, { type: "hello", cursor: "a30" }).isResuming);
});

test("a broken resume starts from the same place again", () => {
  let state = advanceCursor(INITIAL_CURSOR, { type: "hello", cursor: 5 });
  state = advanceCursor(state, { type: "hello", cursor: 9 });
  state = advanceCursor(state, { type: "drawing", cursor: 7 });
  assert.equal(resumePoint(state), 5);
  state = advanceCursor(state, { type: "resumed", cursor: 9, complete: true });
  assert.equal(resumePoint(state), 9);
});

test("the socket is open after the hello, not before", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { live, made, receive, statuses } = connected();
  live.connect();
  assert.equal(live.send({ type: "label" }), false);
  receive({ type: "hello", cursor: 1, limits: {} });
  assert.equal(live.send({ type: "label" }), true);
  assert.deepEqual(statuses.map((status) => status.name), ["connecting", "open"]);
  assert.deepEqual(made[0].sent, [{ type: "label" }]);
});

test("a lost connection reconnects and requests missed changes", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { live, made, receive, close, statuses } = connected();
  live.connect();
  receive({ type: "hello", cursor: 1, limits: {} });
  receive({ type: "label", cursor: 2, id: "x", claim: 1 });
  close(1006);
  assert.deepEqual(statuses.at(-1), { name: "lost", retryInMs: 300 });
  t.mock.timers.tick(300);
  receive({ type: "hello", cursor: 9, limits: {} });
  assert.deepEqual(made[1].sent, [{ type: "resume", since: 1 }]);
});

test("a resume names the epoch of its cursor, and a resumed message starts the next one", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { live, made, messages, receive, close } = connected();
  live.connect();
  receive({ type: "hello", cursor: 8, epoch: "a", limits: {} });
  close(1006);
  t.mock.timers.tick(300);
  receive({ type: "hello", cursor: 3, epoch: "b", limits: {} });
  assert.deepEqual(made[1].sent, [{ type: "resume", since: 8, epoch: "a" }]);
  receive({ type: "resumed", cursor: 3, epoch: "b", complete: false });
  assert.equal(messages.at(-1).complete, false);
  close(1006);
  t.mock.timers.tick(300);
  receive({ type: "hello", cursor: 4, epoch: "b", limits: {} });
  assert.deepEqual(made[2].sent, [{ type: "resume", since: 3, epoch: "b" }]);
});

test("each failure waits longer, a success starts over", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { live, receive, close, statuses } = connected();
  live.connect();
  close(1006);
  t.mock.timers.tick(300);
  close(1006);
  assert.equal(statuses.at(-1).retryInMs, 600);
  t.mock.timers.tick(600);
  receive({ type: "hello", cursor: 1, limits: {} });
  close(1006);
  assert.equal(statuses.at(-1).retryInMs, 300);
});

test("a connection without a hello times out after eight seconds", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { live, made, statuses } = connected();
  live.connect();
  t.mock.timers.tick(8000);
  assert.equal(statuses.at(-1).name, "lost");
  assert.ok(made[0].closed);
});

for (const [code, name] of [[4401, "signed_out"], [4403, "forbidden"], [4404, "not_found"]]) {
  test(`close ${code} is final: ${name}`, (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { live, made, close, statuses } = connected();
    live.connect();
    close(code);
    t.mock.timers.tick(60_000);
    assert.equal(statuses.at(-1).name, name);
    assert.equal(made.length, 1);
  });
}

test("a sign-out while open is checked once more (new session)", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { live, made, receive, close, statuses } = connected();
  live.connect();
  receive({ type: "hello", cursor: 1, limits: {} });
  close(4401);
  assert.equal(statuses.at(-1).name, "lost");
  t.mock.timers.tick(1300);
  receive({ type: "hello", cursor: 1, limits: {} });
  assert.equal(statuses.at(-1).name, "open");
  close(4401);
  t.mock.timers.tick(1300);
  close(4401);
  assert.equal(statuses.at(-1).name, "signed_out");
  t.mock.timers.tick(60_000);
  assert.equal(made.length, 3);
});

test("too many connections are retried later, after the server's delay", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { live, made, receive, close, statuses } = connected();
  live.connect();
  receive({ type: "error", code: "rate_limited", detail: "", retry_after_s: 5 });
  close(4429);
  assert.deepEqual(statuses.at(-1), { name: "too_many_connections", retryInMs: 5300 });
  t.mock.timers.tick(5300);
  close(4429);
  assert.deepEqual(statuses.at(-1), { name: "too_many_connections", retryInMs: 5600 });
  t.mock.timers.tick(5600);
  receive({ type: "hello", cursor: 1, limits: {} });
  assert.deepEqual([made.length, statuses.at(-1).name], [3, "open"]);
});

test("a secure page uses a secure socket", () => {
  assert.equal(socketUrl({ protocol: "https:", host: "a.example" }), "wss://a.example/ws/recognize/");
  assert.equal(socketUrl({ protocol: "http:", host: "localhost:8000" }), "ws://localhost:8000/ws/recognize/");
});

