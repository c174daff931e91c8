/* The review page. Keys and buttons dispatch events; views render the state. */
import "../../site.js";
import { callApi } from "../../api.js";
import { partsOf, readJson, targetOf } from "../../dom.js";
import { attachShortcuts } from "../../keyboard/shortcuts.js";
import { createStore } from "../../reducer_store.js";
import { loadBlindMode, saveBlindMode } from "./blind_mode_preference.js";
import { createRequestQueue } from "./send_decisions_in_order.js";
import { countUnsaved, initialState, isShown, reduce, screenOf } from "./review_state_reducer.js";
import { formatChoice, formatItemAnnouncement, formatProgress } from "./review_page_texts.js";
import { createDecisionList } from "./view/recent_decisions_list.js";
import { createReviewItemView } from "./view/review_item.js";

/** @typedef {import("./review_state_reducer.js").ReviewState} ReviewState */

const POLL_INTERVAL_MS = 15_000;

/** @type {HTMLElement} */
const root = partsOf(document)("review");
const part = partsOf(root);
const { user } = document.body.dataset;

const store = createStore(initialState({ ...readJson("desk"), blind: loadBlindMode(user) }), reduce);
const queue = createRequestQueue({ call: callApi, store });
const itemView = createReviewItemView(root);
const showDecisions = createDecisionList(part("decisions"), part("no-decisions"), queue.undo);

/** @param {ReviewChoice} choice */
const choose = (choice) => store.state.items.length > 0 && queue.choose(choice);

/**
 * A command returns false if there was nothing to do.
 * @type {Record<string, (command?: any) => unknown>}
 */
const commands = {
  label: ({ label }) => choose(label),
  skip: () => choose("skip"),
  undo: () => queue.undo(),
  unlabel: () => queue.undo(),
  reveal: () => store.dispatch({ type: "revealed" }),
  play: () => itemView.toggle(),
};

/**
 * @param {ReviewState} state
 * @param {ReviewState | null} before
 * @param {any} event
 */
function render(state, before, event) {
  itemView.render(state);
  showDecisions(state);
  part("progress").textContent = formatProgress(state);
  const done = part("bar");
  [done.max, done.value] = [Math.max(1, state.today + (state.waiting ?? 0)), state.today];
  const isElsewhere = screenOf(state) === "failed"; // in the place of the drawing
  part("problem").hidden = state.problem === null || isElsewhere;
  part("problem").textContent = isElsewhere ? "" : (state.problem?.text ?? "");
  announce(state, before, event);
}

/**
 * @param {ReviewState} state
 * @param {ReviewState | null} before
 * @param {any} event
 */
function announce(state, before, event) {
  const item = state.items[0];
  if (!item || (before && item === before.items[0] && event?.type !== "revealed")) return;
  const last = event?.type === "chosen" ? `${formatChoice(event.choice)}. ` : "";
  part("announcer").textContent = last + formatItemAnnouncement(item, isShown(state));
}

store.subscribe(render);
render(store.state, null, null);

attachShortcuts("review", (command) => commands[command.type](command));
root.addEventListener("click", (event) => {
  /** @type {HTMLElement | null} */
  const button = targetOf(event).closest("button[data-choice]");
  if (!button) return;
  const { choice = "" } = button.dataset;
  choose(/^\d$/.test(choice) ? Number(choice) : /** @type {ReviewChoice} */ (choice));
});
part("retry").addEventListener("click", fetchAgain);
for (const name of ["undo", "reveal"]) part(name).addEventListener("click", () => commands[name]());

const blind = part("blind");
blind.checked = store.state.blind;
blind.addEventListener("change", () => {
  saveBlindMode(user, blind.checked);
  store.dispatch({ type: "blind", blind: blind.checked });
});

// The request on its way outlives the page; those that wait for it do not.
addEventListener("beforeunload", (event) => {
  if (countUnsaved(store.state) > 1) event.preventDefault();
});

queue.fetchAhead();
setInterval(() => {
  if (!document.hidden && store.state.isEmpty) fetchAgain();
}, POLL_INTERVAL_MS);

function fetchAgain() {
  store.dispatch({ type: "polled" });
  queue.fetchAhead();
}
