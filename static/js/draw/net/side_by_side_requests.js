/* Asks what the other models say, of each answered drawing once, and while the panel is switched on;
   once more where nothing came. */
import { pendingRequest } from "../side_by_side.js";

const ASKED_AGAIN_AFTER_MS = 10_000;
const SWITCH = "beside";

export function startSideBySideRequests(store, socket) {
  store.subscribe((state) => {
    const question = pendingRequest(state);
    if (!question || !socket.send({ type: "beside", ...question })) return;
    store.dispatch({ type: "sideBySideRequested", ...question });
    setTimeout(() => store.dispatch({ type: "sideBySideTimedOut", ...question }), ASKED_AGAIN_AFTER_MS);
  });
}

/* The models the page names, and the switch, which this browser remembers. */
export function followSwitch(store, root, storage = () => localStorage) {
  store.dispatch({ type: "sideBySideModelsSet", models: root.dataset.models.split(" ") });
  store.dispatch({ type: "sideBySideSwitched", isOn: wasOn(storage) });
  root.querySelector("[data-beside-switch]").addEventListener("click", () => {
    const isOn = !store.state.beside.isOn;
    store.dispatch({ type: "sideBySideSwitched", isOn });
    keep(isOn, storage);
  });
}

function wasOn(storage) {
  try {
    return storage().getItem(SWITCH) === "on";
  } catch {
    return false;
  }
}

function keep(isOn, storage) {
  try {
    storage().setItem(SWITCH, isOn ? "on" : "off");
  } catch {
    return; // storage is blocked: the switch lasts as long as the page
  }
}
