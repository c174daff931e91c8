/* Requests the predictions of the other models: once for each drawing with a prediction, while the
   panel is switched on, and again if none arrived. */
import { partsOf } from "../../dom.js";
import { loadPreference, savePreference } from "../../preferences.js";
import { pendingRequest } from "../side_by_side_state.js";

/** @typedef {Store<import("../page_state_reducer.js").DrawState>} DrawStore */

const REQUEST_TIMEOUT_MS = 10_000;
const KEY = "side-by-side";

/**
 * @param {DrawStore} store
 * @param {import("../../realtime/reconnecting_socket.js").ReconnectingSocket} socket
 */
export function startSideBySideRequests(store, socket) {
  store.subscribe((state) => {
    const request = pendingRequest(state);
    if (!request || !socket.send({ type: "side_by_side", ...request })) return;
    store.dispatch({ type: "sideBySideRequested", ...request });
    setTimeout(() => store.dispatch({ type: "sideBySideTimedOut", ...request }), REQUEST_TIMEOUT_MS);
  });
}

/**
 * @param {DrawStore} store
 * @param {HTMLElement} root the panel, which names the models
 */
export function attachSideBySideSwitch(store, root) {
  store.dispatch({ type: "sideBySideModelsSet", models: root.dataset.models?.split(" ") ?? [] });
  store.dispatch({ type: "sideBySideSwitched", isOn: loadPreference(KEY) === "on" });
  partsOf(root)("side-by-side-switch").addEventListener("click", () => {
    const isOn = !store.state.sideBySide.isOn;
    store.dispatch({ type: "sideBySideSwitched", isOn });
    savePreference(KEY, isOn ? "on" : "off");
  });
}
