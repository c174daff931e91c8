/* The service worker, which /sw.js loads with the build it belongs to. It keeps the page without a network,
   the files of that page and the newest bundle of the model.

   Pages come from the network. Only if there is none, `/` is the cached page, which has no user, shows
   that it is offline and sends nothing. Files have hashed names and bundles are named by hash, so a cached one is
   never outdated. Not a module. */

/** @typedef {{ version: string, page: string, files: string[] }} Build */

const scope = /** @type {any} */ (self); // TypeScript's types of pages lack those of service workers
const { version, page, files } = /** @type {Build} */ (scope.build);
const CACHE = `page-${version}`;
const BUNDLES = "bundles";
const BUNDLE_PATH = /^\/api\/v1\/models\/[^/]+\/browser\/$/;

scope.addEventListener("install", (/** @type {any} */ event) => {
  scope.skipWaiting();
  event.waitUntil(fill());
});

scope.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(Promise.all([scope.clients.claim(), removeOldCaches()]));
});

scope.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && pathname === "/") event.respondWith(loadPage(request));
  else if (files.includes(pathname)) event.respondWith(loadFile(request));
  else if (BUNDLE_PATH.test(pathname)) event.respondWith(loadBundle(request));
});

async function fill() {
  const cache = await caches.open(CACHE);
  const requests = [page, ...files].map((url) => new Request(url, { credentials: "omit" })); // the page of no user
  await cache.addAll(requests);
}

async function removeOldCaches() {
  const names = (await caches.keys()).filter((name) => name !== CACHE && name !== BUNDLES);
  await Promise.all(names.map((name) => caches.delete(name)));
}

/** @param {Request} request */
async function loadPage(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const cached = await caches.match(page, { ignoreVary: true });
    if (cached) return cached;
    throw error;
  }
}

/** @param {Request} request */
async function loadFile(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

/** @param {Request} request */
async function loadBundle(request) {
  const cache = await caches.open(BUNDLES);
  const cached = await cache.match(request, { ignoreVary: true });
  if (cached) return cached;
  const response = await fetch(request);
  if (!response.ok) return response;
  for (const old of await cache.keys()) await cache.delete(old);
  await cache.put(request, response.clone()).catch(() => {}); // storage is full
  return response;
}
