/* Keeps the unsent drawings of this tab in IndexedDB, and takes over those of closed tabs.

   Each tab holds a lock for as long as it is open. A drawing whose tab has no lock is taken over by one other
   tab, so that a drawing is sent by one tab only. Without locks (on plain HTTP) it may be sent twice, which
   is harmless: the server stores one drawing for a ref. */
import { listDrawings, saveDrawings, takeDrawings } from "../../offline/drawing_database.js";
import { isGuest, isStopped, onResume, pageUser } from "../../page_user.js";
import { listWaiting } from "../page_state_reducer.js";
import { pickStored, restoreDrawing } from "../session_storage.js";
import { newRef } from "../uuid.js";

/** @typedef {Store<import("../page_state_reducer.js").DrawState>} DrawStore */
/** @typedef {import("../drawing_reducer.js").Drawing} Drawing */
/** @typedef {import("../../offline/drawing_database.js").StoredDrawing} StoredDrawing */
/** @typedef {import("../../page_user.js").PageUser} PageUser */

const RELOAD_MS = 1000; // a tab that reloads keeps the drawing on its canvas
const lockName = (/** @type {string} */ tab) => `drawing-tab-${tab}`;

/**
 * True if a page of this user may send the drawing. The drawings of a guest whose session has ended belong to
 * the visitor of the same browser, and those of a visitor to the guest. An account gets its own only. Pure.
 * @param {Pick<StoredDrawing, "owner" | "isGuest">} drawing
 * @param {PageUser} user
 */
export function mayLoad(drawing, user) {
  if (drawing.owner === String(user.id)) return true;
  if (user.id === "") return drawing.isGuest;
  return drawing.owner === "" && isGuest(user);
}

/**
 * Returns a promise of everything that is being written.
 * @param {DrawStore} store
 * @returns {{ written: () => Promise<void> }}
 */
export function keepUnsentDrawings(store) {
  const storage = new UnsentDrawings(store);
  const ready = storage.start().catch(() => {}); // storage is blocked: the drawings last as long as the page
  return { written: () => ready.then(() => storage.writing) };
}

class UnsentDrawings {
  /** @param {DrawStore} store */
  constructor(store) {
    this.store = store;
    this.tab = newRef();
    /** @type {Map<string, string>} versions of the stored drawings by ref */
    this.versions = new Map();
    /** @type {Set<string>} tabs whose end this tab waits for */
    this.awaited = new Set();
    /** @type {Promise<void>} */
    this.writing = Promise.resolve();
  }

  async start() {
    await holdLock(lockName(this.tab));
    this.save();
    this.store.subscribe((state, before) => {
      this.save();
      if (state.connection !== before.connection && state.connection.name === "open") this.takeOver().catch(() => {});
    });
    onResume(() => this.save());
    this.takeOver().catch(() => {}); // waits until other tabs close; leaving the page does not
  }

  save() {
    if (isStopped()) return;
    const user = pageUser();
    const current = listWaiting(this.store.state).filter((one) => one.strokes.length > 0);
    const changed = current.filter((one) => this.versions.get(one.ref) !== versionOf(one, user));
    const removed = [...this.versions.keys()].filter((ref) => !current.some((one) => one.ref === ref));
    if (changed.length === 0 && removed.length === 0) return;
    for (const one of changed) this.versions.set(one.ref, versionOf(one, user));
    for (const ref of removed) this.versions.delete(ref);
    const entries = changed.map((one) => toEntry(one, user, this.tab));
    this.writing = Promise.all([this.writing, saveDrawings(entries, removed)]).then(() => {}, () => {});
  }

  /** Add the drawings of closed tabs, now and when further tabs close. */
  async takeOver() {
    const stored = await listDrawings();
    const tabs = stored.filter((one) => mayLoad(one, pageUser())).map(({ tab }) => tab);
    const waits = [...new Set(tabs)].filter((tab) => tab !== this.tab && !this.awaited.has(tab));
    await Promise.all(waits.map((tab) => this.takeOverFrom(tab)));
  }

  /** @param {string} tab */
  async takeOverFrom(tab) {
    this.awaited.add(tab);
    await waitForEnd(tab);
    this.awaited.delete(tab);
    if (isStopped()) return;
    const user = pageUser();
    const taken = await takeDrawings((one) => one.tab === tab && mayLoad(one, user), this.tab);
    for (const { ref } of taken) this.versions.set(ref, "");
    if (taken.length) this.store.dispatch({ type: "unsentFound", drawings: taken.map(({ drawing }) => restoreDrawing(drawing)) });
  }
}

/**
 * @param {Drawing} drawing
 * @param {PageUser} user
 * @param {string} tab
 * @returns {StoredDrawing}
 */
function toEntry(drawing, user, tab) {
  const owner = String(user.id);
  return { ref: drawing.ref, owner, isGuest: isGuest(user), tab, savedAt: Date.now(), drawing: pickStored(drawing) };
}

/**
 * @param {Drawing} drawing
 * @param {PageUser} user
 */
function versionOf({ id, revision, claimCount }, user) {
  return `${user.id} ${id} ${revision} ${claimCount}`;
}

/**
 * Resolves once the lock is held, for the life of the page.
 * @param {string} name
 * @returns {Promise<void>}
 */
function holdLock(name) {
  if (!navigator.locks) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const forever = new Promise(() => {});
    const keep = () => {
      resolve();
      return forever;
    };
    navigator.locks.request(name, keep).catch(reject);
  });
}

/** @param {string} tab */
async function waitForEnd(tab) {
  if (!navigator.locks) return;
  const hasEnded = await navigator.locks.request(lockName(tab), { ifAvailable: true }, (lock) => lock !== null);
  if (hasEnded) return;
  await navigator.locks.request(lockName(tab), () => {});
  await new Promise((resolve) => setTimeout(resolve, RELOAD_MS));
}
