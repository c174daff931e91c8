/* The review page: puts the parts together. Keys and buttons dispatch, views show what follows. */
import { callApi } from "../../api.js";
import { loadSingleKeys } from "../../draw/shortcuts.js";
import { createStore } from "../../draw/state.js";
import { saveBlindMode, loadBlindMode } from "./blind_mode.js";
import { commandForKey } from "./shortcuts.js";
import { createRequestQueue } from "./request_queue.js";
import { initialState, isShown, reduce } from "./state.js";
import { createReviewItemView } from "./view/review_item.js";
import { createDecisionList } from "./view/decisions.js";
import { formatItemAnnouncement, formatChoice, formatProgress } from "./text.js";

const LOOKS_AGAIN_MS = 15_000;

const root = document.querySelector("[data-review]");
const part = (name) => root.querySelector(`[data-${name}]`);
const help = document.querySelector("[data-help-dialog]");
const known = JSON.parse(document.getElementById("desk").textContent);

const store = createStore(initialState({ ...known, blind: loadBlindMode(document.body.dataset.user) }), reduce);
const sender = createRequestQueue({ call: callApi, store });
const card = createReviewItemView(root);
const showDecided = createDecisionList(part("decided"), part("none-decided"), sender.undo);

const commands = {
  decide: ({ decision }) => store.state.cards.length > 0 && (sender.decide(decision), true),
  undo: () => (sender.undo(), true),
  reveal: () => (store.dispatch({ type: "revealed" }), true),
  play: () => (card.toggle(), true),
  help: () => (help.showModal(), true),
};

function render(state, before, event) {
  card.render(state);
  showDecided(state);
  part("progress").textContent = formatProgress(state);
  const done = part("bar");
  [done.max, done.value] = [Math.max(1, state.today + (state.waiting ?? 0)), state.today];
  part("problem").hidden = state.problem === null;
  part("problem").textContent = state.problem?.text ?? "";
  announce(state, before, event);
}

function announce(state, before, event) {
  const now = state.cards[0];
  if (!now || (before && now === before.cards[0] && event?.type !== "revealed")) return;
  const said = event?.type === "decided" ? `${formatChoice(event.decision)}. ` : "";
  part("announcer").textContent = said + formatItemAnnouncement(now, isShown(state));
}

store.subscribe(render);
render(store.state, null, null);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const command = commandForKey(event, { tag: event.target.tagName, singleKeys: loadSingleKeys() });
  if (command && commands[command.type](command)) event.preventDefault();
});
root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-decision]");
  if (!button) return;
  const { decision } = button.dataset;
  commands.decide({ decision: /^\d$/.test(decision) ? Number(decision) : decision });
});
part("undo").addEventListener("click", () => commands.undo());
part("reveal").addEventListener("click", () => commands.reveal());
part("help").addEventListener("click", () => commands.help());

const blind = part("blind");
blind.checked = store.state.blind;
blind.addEventListener("change", () => {
  saveBlindMode(document.body.dataset.user, blind.checked);
  store.dispatch({ type: "blind", blind: blind.checked });
});

sender.fetchAhead();
setInterval(() => {
  if (document.hidden || !store.state.isEmpty) return;
  store.dispatch({ type: "look_again" });
  sender.fetchAhead();
}, LOOKS_AGAIN_MS);
