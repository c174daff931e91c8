/* Deletes discarded drawings on the server: cleared ones without a label, and the parts of a split that was undone.
   The id of a drawing that is being sent is not known yet; it is deleted when the server names it. */
import { callApi } from "../../api.js";
import { showToast } from "../../toast.js";

/** @typedef {Pick<import("../drawing_reducer.js").Drawing, "ref" | "id" | "sent">} Discarded */

const NOT_FOUND = 404; // deleted in another tab
const RETRIED_STATUSES = new Set([0, 429, 503]); // 0: no connection

export class DrawingDiscarder {
  /**
   * @param {(path: string, options: { method: string }) => Promise<unknown>} [call]
   * @param {(text: string) => unknown} [report]
   */
  constructor(call = callApi, report = showToast) {
    this.call = call;
    this.report = report;
    /** @type {Set<string>} refs of drawings without a known id */
    this.waiting = new Set();
    /** @type {Set<string>} ids of drawings to delete on the next connection */
    this.undeleted = new Set();
    /** Requests are sent one after the other, so that an undo never overtakes the deletion. */
    this.last = Promise.resolve();
  }

  /** @param {Discarded} drawing */
  discard({ ref, id, sent }) {
    if (id !== null) this.#delete(id);
    else if (sent !== null) this.waiting.add(ref);
  }

  /** @param {ServerMessage} message */
  handleMessage({ type, ref, id }) {
    if (id && this.waiting.delete(ref)) this.#delete(id);
    if (type !== "hello") return;
    const ids = [...this.undeleted];
    this.undeleted.clear();
    for (const undeleted of ids) this.#delete(undeleted);
  }

  /** @param {string} id */
  restore(id) {
    this.#enqueue(async () => {
      if (!this.undeleted.delete(id)) await this.call(`drawings/${id}/restore/`, { method: "POST" });
    });
  }

  /** @param {string} id */
  #delete(id) {
    this.#enqueue(async () => {
      try {
        await this.call(`drawings/${id}/`, { method: "DELETE" });
      } catch (error) {
        const { status } = /** @type {import("../../api.js").ApiError} */ (error);
        if (RETRIED_STATUSES.has(status)) this.undeleted.add(id);
        else if (status !== NOT_FOUND) throw error;
      }
    });
  }

  /** @param {() => Promise<void>} request */
  #enqueue(request) {
    this.last = this.last.then(request).catch((error) => void this.report(/** @type {Error} */ (error).message));
  }
}
