/* The web worker that predicts drawings: { url } loads a bundle, { key, points } gets the reply
   { key, prediction } as soon as the bundle is there. Without a bundle the prediction is null. */
import { parseBundle, predict } from "./network.js";
import { rasterize } from "./rasterize.js";

/** @type {Promise<import("./network.js").Network | null>} */
let network = Promise.resolve(null);

addEventListener("message", async ({ data }) => {
  if (data.url) {
    network = load(data.url);
    return;
  }
  const loaded = await network;
  postMessage({ key: data.key, prediction: loaded && predict(loaded, rasterize(data.points)) });
});

/**
 * Requests with cookies are private and not cached. The drawing itself is sent with a higher priority.
 * @param {string} url
 */
async function load(url) {
  try {
    const response = await fetch(url, { credentials: "omit", priority: "low" });
    return response.ok ? parseBundle(await response.arrayBuffer()) : null;
  } catch {
    return null; // without a bundle there are no previews
  }
}
