/* The labels of the grid that are saved, by id of the drawing. Requests end in their order, but while one
   is on its way its drawings may get another label: only the newest request of a drawing decides what it shows. */

/** @typedef {import("./new_labels.js").NewLabel} NewLabel */

export class SavedLabels {
  /** @type {Map<string, NewLabel | undefined>} */
  #saved = new Map();
  /** @type {Map<string, object>} */
  #newest = new Map();

  /**
   * Begin a request.
   * @param {string[]} ids
   */
  begin(ids) {
    const request = {};
    for (const id of ids) this.#newest.set(id, request);
    return request;
  }

  /** @param {string} id */
  get(id) {
    return this.#saved.get(id);
  }

  /**
   * Return the saved labels of these drawings. An undo saves them again.
   * @param {string[]} ids
   */
  copy(ids) {
    return new Map(ids.map((id) => [id, this.#saved.get(id)]));
  }

  /**
   * @param {Iterable<string>} ids
   * @param {(id: string) => NewLabel | undefined} labelOf
   */
  save(ids, labelOf) {
    for (const id of ids) this.#saved.set(id, labelOf(id));
  }

  /**
   * True if no later request has begun for this drawing.
   * @param {string} id
   * @param {object} request
   */
  isNewest(id, request) {
    return this.#newest.get(id) === request;
  }
}
