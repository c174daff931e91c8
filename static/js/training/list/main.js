/* The list of training runs: live progress of the active ones. The page reloads when one ends. The readiness
   panel follows the selected training set. */
import "../../site.js";
import { partsOf } from "../../dom.js";
import { fetchHtml } from "../../fetch_html.js";
import { openSocket } from "../../realtime/reconnecting_socket.js";
import { isActive } from "../run_state_reducer.js";
import { progressFraction } from "../run_progress_texts.js";

/** @typedef {import("../run_state_reducer.js").Run} Run */

const part = partsOf(document);
const MAX_SOCKETS = 3; // other active runs are updated by the next load

for (const item of [...document.querySelectorAll("[data-run]")].slice(0, MAX_SOCKETS)) {
  subscribe(/** @type {HTMLElement} */ (item));
}

/** @type {HTMLSelectElement | null} */
const snapshots = document.querySelector("select[name=snapshot]");
snapshots?.addEventListener("change", () => showReadiness(snapshots.value));

/** @param {string} id of a training set, or "" for a new one */
async function showReadiness(id) {
  part("readiness").setAttribute("aria-busy", "true");
  const page = await fetchHtml(`?snapshot=${encodeURIComponent(id)}`);
  if (snapshots?.value !== id) return; // another one was selected in the meantime
  const fresh = page && partsOf(page)("readiness");
  if (fresh) part("readiness").replaceWith(document.adoptNode(fresh));
  else part("readiness").removeAttribute("aria-busy");
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
