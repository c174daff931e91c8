/* The consent to training: asked at the first correction of a user who was never asked. Without consent the page
   states that a correction trains no models. */
import { callApi } from "../api.js";
import { showToast } from "../toast.js";

/** @typedef {"yes" | "no" | "guest" | "unasked"} TeachingState */

/** @type {Record<TeachingState, string>} */
const CORRECTION_NOTES = {
  yes: "",
  no: "Saved. It does not train models.",
  guest: "Saved. Drawings of guests train no models.",
  unasked: "Saved.",
};

/**
 * Return the sentence after a new label. Pure.
 * @param {TeachingState} teaching
 * @param {{ isCorrection: boolean, hasNextPart: boolean }} label `isCorrection` is false if it confirms the
 *   prediction; the next part of a drawing that was split is shown and need not be drawn
 */
export function describeLabel(teaching, { isCorrection, hasNextPart }) {
  const note = isCorrection ? CORRECTION_NOTES[teaching] : "";
  return note || (hasNextPart ? "Label the next one." : "Draw the next one.");
}

export class TeachingConsent {
  /**
   * @param {HTMLElement} root has the state in data-teaching
   * @param {HTMLDialogElement | null} dialog missing if there is nothing to ask
   */
  constructor(root, dialog) {
    this.state = /** @type {TeachingState} */ (root.dataset.teaching);
    this.dialog = dialog;
    dialog?.addEventListener("close", () => this.#save(dialog.returnValue));
  }

  /** Ask once in the life of the page. Esc postpones it to the next visit. */
  askAfterCorrection() {
    if (this.state !== "unasked" || !this.dialog?.isConnected || this.dialog.open) return;
    this.dialog.returnValue = "";
    this.dialog.showModal();
  }

  /** @param {string} value "yes", "no", or "" if the dialog was dismissed */
  async #save(value) {
    this.dialog?.remove();
    if (value !== "yes" && value !== "no") return;
    try {
      await callApi("me/", { method: "PATCH", body: { may_teach: value === "yes" } });
      this.state = value;
      showToast(value === "yes" ? "Thank you. Your drawings may train the next model." : "Your drawings will not train models.");
    } catch (error) {
      showToast(/** @type {Error} */ (error).message);
    }
  }
}
