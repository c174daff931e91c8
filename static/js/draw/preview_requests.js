/* Requests of previews: the ink is predicted in a web worker while the pen moves. One request is on its way;
   of those that wait only the newest is sent. The first stroke loads the bundle: a visit without drawing
   does not need it. */
import { flattenStrokes } from "../inference/rasterize.js";

/** @typedef {Store<import("./page_state_reducer.js").DrawState>} DrawStore */
/** @typedef {{ key: { ref: string, revision: number }, strokes: Stroke[] }} Request */

const startModuleWorker = () => new Worker(new URL("../inference/worker.js", import.meta.url), { type: "module" });

/**
 * Return a function that requests a preview of the drawing with a stroke that is not finished.
 * @param {DrawStore} store
 * @param {() => Worker} [startWorker]
 */
export function startPreviews(store, startWorker = startModuleWorker) {
  /** @type {Worker | null} */
  let worker = null;
  let loadedUrl = "";
  let isBusy = false;
  /** @type {Request | null} */
  let waiting = null;

  /** Return the worker, which has the champion's bundle or loads it, or null if there is no bundle. */
  const workerOfChampion = () => {
    const url = store.state.champion?.browser?.url;
    if (!url) return null;
    if (!worker) {
      worker = startWorker();
      worker.onmessage = ({ data }) => {
        isBusy = false;
        if (data.prediction) store.dispatch({ type: "previewed", ...data });
        if (waiting) send(waiting);
      };
    }
    if (url !== loadedUrl) worker.postMessage({ url });
    loadedUrl = url;
    return worker;
  };

  /** @param {Request} request */
  const send = (request) => {
    const target = workerOfChampion();
    waiting = !target || isBusy ? request : null;
    if (!target || isBusy) return;
    isBusy = true;
    target.postMessage({ key: request.key, points: flattenStrokes(request.strokes) });
  };

  store.subscribe(({ drawing, champion }, before) => {
    if (champion !== before.champion && waiting) send(waiting);
    if (drawing.strokes === before.drawing.strokes || !drawing.strokes.length) return;
    send({ key: { ref: drawing.ref, revision: drawing.revision }, strokes: drawing.strokes });
  });
  return (/** @type {Stroke} */ stroke) => {
    const { ref, revision, strokes } = store.state.drawing;
    send({ key: { ref, revision: revision + 1 }, strokes: [...strokes, stroke] });
  };
}
