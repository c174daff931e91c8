/* The connection of the page that the service worker serves without a network. It sends nothing: as soon as
   the site responds, the live page takes its place and sends the drawings. */
import { backoffMs } from "../../realtime/backoff.js";

/** @typedef {Store<import("../page_state_reducer.js").DrawState>} DrawStore */

/**
 * @param {DrawStore} store
 * @param {() => Promise<boolean>} mayLeave false while the pen is down; resolves when everything is stored
 * @returns {{ connect: () => void }} tries immediately
 */
export function startOfflineConnection(store, mayLeave) {
  let attempt = 0;
  /** @type {number | undefined} */
  let timer;
  const connect = async () => {
    clearTimeout(timer);
    timer = setTimeout(connect, backoffMs(attempt, Math.random()));
    attempt += 1;
    const response = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
    if (!response?.ok || !(await mayLeave())) return;
    clearTimeout(timer);
    location.replace("/");
  };
  store.dispatch({ type: "connection", status: { name: "offline" } });
  addEventListener("online", connect);
  connect();
  return { connect };
}
