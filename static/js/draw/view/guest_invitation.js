/* The invitation to keep the drawings of a guest, after a few predictions. */
export const NUM_PREDICTIONS_BEFORE = 3;

/**
 * True once a guest has enough predictions. Pure.
 * @param {{ recent: { prediction: unknown }[] | null }} state
 */
export function isInvited({ recent }) {
  return (recent ?? []).filter((item) => item.prediction).length >= NUM_PREDICTIONS_BEFORE;
}

/** @param {HTMLElement} root */
export function createGuestInvitation(root) {
  /** @param {import("../page_state_reducer.js").DrawState} state */
  return (state) => {
    if (root.hidden && isInvited(state)) root.hidden = false;
  };
}
