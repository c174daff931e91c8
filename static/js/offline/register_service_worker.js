/* Registers the service worker, which serves the drawing page without a network. */
import { rememberChampion, rememberUser } from "./last_visit.js";
import { pageUser } from "../page_user.js";

/**
 * Call it once the page is shown: the worker loads the files of the page into its cache.
 * @param {Store<import("../draw/page_state_reducer.js").DrawState>} store
 */
export function prepareForOffline(store) {
  let id = pageUser().id;
  rememberUser(pageUser());
  store.subscribe(({ champion }, before) => {
    if (champion && champion !== before.champion) rememberChampion(champion);
    if (id !== pageUser().id) rememberUser(pageUser());
    id = pageUser().id;
  });
  const url = document.body.dataset.serviceWorker;
  if (!url || !navigator.serviceWorker) return; // development, or plain HTTP
  const register = () => navigator.serviceWorker.register(url, { updateViaCache: "all" }).catch(() => {}); // storage is blocked
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}
