/* The list of runs: how far the open ones are; when one ends the page is made anew. */
import { openSocket } from "../../realtime/reconnecting_socket.js";
import { isOpen } from "../state.js";
import { progressFraction } from "../text.js";

const MOST = 3; // sockets; others show with the next load

for (const item of [...document.querySelectorAll("[data-run]")].slice(0, MOST)) follow(item);

function follow(item) {
  openSocket({
    path: `/ws/training/${item.dataset.run}/`,
    onMessage: ({ run }) => run && show(item, run),
    onStatus: () => {},
  });
}

function show(item, run) {
  if (!isOpen(run)) return location.reload();
  item.querySelector("progress").value = progressFraction(run);
  if (run.status === "running" && !run.is_stopping) item.querySelector("[data-state]").textContent = "Training";
}
