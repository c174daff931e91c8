/* Deletes discarded drawings on the server: cleared ones without a label, and the parts of a split that was undone.
   The id of a drawing that is being sent is not known yet; it is deleted when the server names it. */
import { callApi } from "../../api.js";
import { showToast } from "../../toast.js";

/** @typedef {Pick<import("../drawing_reducer.js").Drawing, "ref" | "id" | "sent">} Discarded */

export class DrawingDiscarder {
  /** @param {(path: string, options: { method: string }) => Promise<unknown>} [call] */
  constructor(call = callApi) {
    this.call = call;
    /** @type {Set<string>} refs of drawings without a known id */
    this.waiting = new Set();
  }

  /** @param {Discarded} drawing */
  discard({ ref, id, sent }) {
    if (id !== null) return this.#delete(id);
    if (sent !== null) this.waiting.add(ref);
  }

  /** @param {ServerMessage} message */
  handleMessage({ ref, id }) {
    if (id && this.waiting.delete(ref)) this.#delete(id);
  }

  /** @param {string} id */
  restore(id) {
    return this.#run(`drawings/${id}/restore/`, "POST");
  }

  /** @param {string} id */
  #delete(id) {
    return this.#run(`drawings/${id}/`, "DELETE");
  }

  /**
   * @param {string} path
   * @param {string} method
   */
  async #run(path, method) {
    try {
      await this.call(path, { method });
    } catch (error) {
      showToast(/** @type {Error} */ (error).message);
    }
  }
}
