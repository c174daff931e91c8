/* Unsent drawings in IndexedDB. They outlive their tab, and all tabs of the browser share them. Each has its
   owner and the tab that sends it. */
const DATABASE = "unsent-drawings";
const STORE = "drawings";
const MAX_AGE_MS = 7 * 24 * 3600 * 1000;

/**
 * @typedef {object} StoredDrawing
 * @property {string} ref
 * @property {string} owner id of the user; "" for a visitor who is no guest yet
 * @property {boolean} isGuest whether the owner is a guest
 * @property {string} tab
 * @property {number} savedAt milliseconds since 1970
 * @property {any} drawing
 */

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

/**
 * Return all stored drawings, after removing those that have waited for a week.
 * @param {number} [now]
 * @returns {Promise<StoredDrawing[]>}
 */
export async function listDrawings(now = Date.now()) {
  await removeDrawings(({ savedAt }) => savedAt < now - MAX_AGE_MS);
  return (await transact("readonly", (store) => store.getAll())) ?? [];
}

/**
 * Store and remove drawings in one transaction.
 * @param {StoredDrawing[]} saved
 * @param {string[]} removed refs
 */
export async function saveDrawings(saved, removed) {
  await transact("readwrite", (store) => {
    for (const one of saved) store.put(one);
    for (const ref of removed) store.delete(ref);
  });
}

/**
 * Give drawings to a tab and return them. A drawing that several tabs want goes to the first one.
 * @param {(one: StoredDrawing) => boolean} isWanted
 * @param {string} tab
 * @returns {Promise<StoredDrawing[]>}
 */
export async function takeDrawings(isWanted, tab) {
  /** @type {StoredDrawing[]} */
  let taken = [];
  await transact("readwrite", (store) => {
    const request = store.getAll();
    request.onsuccess = () => {
      taken = request.result.filter(isWanted).map((one) => ({ ...one, tab }));
      for (const one of taken) store.put(one);
    };
  });
  return taken;
}

/** @param {(one: StoredDrawing) => boolean} isUnwanted */
export async function removeDrawings(isUnwanted) {
  await transact("readwrite", (store) => {
    const request = store.getAll();
    request.onsuccess = () => {
      for (const one of request.result) if (isUnwanted(one)) store.delete(one.ref);
    };
  });
}

/**
 * Run a transaction. Returns the result of its request. Throws if storage is blocked or full.
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest | void} work
 * @returns {Promise<any>}
 */
async function transact(mode, work) {
  opening ??= openDatabase();
  const transaction = (await opening).transaction(STORE, mode);
  return new Promise((resolve, reject) => {
    const request = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "ref" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
