/* The list of training runs: live progress of the active ones. The page reloads when one ends. */
import "../../site.js";
import { partsOf } from "../../dom.js";
import { openSocket } from "../../realtime/reconnecting_socket.js";
import { isActive } from "../run_state_reducer.js";
import { progressFraction } from "../run_progress_texts.js";

/** @typedef {import("../run_state_reducer.js").Run} Run */

const MAX_SOCKETS = 3; // other active runs are updated by the next load

for (const item of [...document.querySelectorAll("[data-run]")].slice(0, MAX_SOCKETS)) {
  subscribe(/** @type {HTMLElement} */ (item));
}

/** @param {HTMLElement} item */
function subscribe(item) {
  openSocket({
    path: `/ws/training/${item.dataset.run}/`,
    onMessage: ({ run }) => run && show(item, run),
    onStatus: () => {},
  });
}

/**
 * @param {HTMLElement} item
 * @param {Run} run
 */
function show(item, run) {
  if (!isActive(run)) return location.reload();
  const progress = item.querySelector("progress");
  if (progress) progress.value = progressFraction(run);
  if (run.status === "running" && !run.is_stopping) partsOf(item)("state").textContent = "Training";
}
