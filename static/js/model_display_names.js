/* Display names of models by ref. Pages that name models provide them in the JSON "model-names". */
import { readJson } from "./dom.js";

/** @type {Record<string, string> | null} */
let names = null;

/**
 * "inknet@0123456789ab" -> "Inknet 2, 28 Nov". Returns the ref if the model was added after the page was loaded.
 * @param {string} ref
 */
export function modelName(ref) {
  names ??= /** @type {Record<string, string>} */ (readJson("model-names") ?? {});
  return names[ref] ?? ref;
}

/**
 * "inknet@0123456789ab" -> "Inknet 2"
 * @param {string} ref
 */
export function modelTitle(ref) {
  return modelName(ref).split(",")[0];
}
