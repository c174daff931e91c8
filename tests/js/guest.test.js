/* The tabs of a browser that draw at the same moment get one guest. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeOtherUser } from "../../static/js/page_user.js";

/** Locks of a browser: one holder at a time, for all tabs. */
function fakeLocks() {
  let last = Promise.resolve();
  return { request: (_name, callback) => (last = last.then(() => callback())) };
}

/** A server that knows the session only after its response has arrived. */
function fakeServer() {
  const server = { created: 0, session: 0 };
  server.fetch = async () => {
    const before = server.session;
    await new Promise(setImmediate);
    server.session = before || ++server.created;
    return { ok: true, status: before ? 200 : 201, json: async () => ({ id: server.session, username: "" }) };
  };
  return server;
}

/** A page with an element of the interfaces that the modules use. */
function fakeDocument() {
  return { body: { dataset: {} }, cookie: "", querySelectorAll: () => [], addEventListener: () => {} };
}

test("two tabs create one guest", async () => {
  const server = fakeServer();
  const browser = { fetch: server.fetch, document: fakeDocument(), addEventListener: () => {}, navigator: { locks: fakeLocks() } };
  for (const [name, value] of Object.entries(browser)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  const tabs = await Promise.all(["first", "second"].map((tab) => import(`../../static/js/guest.js?${tab}`)));

  await Promise.all(tabs.map((tab) => tab.requirePageUser()));

  assert.equal(server.created, 1);
  assert.equal(globalThis.document.body.dataset.user, "1");
});

test("a guest has no name in sentences", () => {
  assert.doesNotMatch(describeOtherUser({ id: 5, username: "" }), / as |\s{2}/);
  assert.match(describeOtherUser({ id: 5, username: "eva" }), / as eva/);
});
