/* The grid of drawings to relabel: choose many, say at once what they are, undo it. */
import { callApi } from "../../api.js";
import { fetchHtml } from "../../fetch_html.js";
import { moveIndex } from "../../history/shortcuts.js";
import { showToast } from "../../toast.js";
import { extend, NOTHING, describeOutcome, toggle } from "./selection.js";

const ARROWS = {
  ArrowLeft: { columns: -1, rows: 0 },
  ArrowRight: { columns: 1, rows: 0 },
  ArrowUp: { columns: 0, rows: -1 },
  ArrowDown: { columns: 0, rows: 1 },
};
const part = (name) => document.querySelector(`[data-${name}]`);
const list = part("grid");
const bar = part("bar");
let selection = NOTHING;
let isSending = false;
let isFetching = false;

/* Those that were relabelled stay hidden in the list, so that they can come back to their place. */
const visible = () => [...list.children].filter((card) => !card.hidden);
const find = (id) => [...list.children].find((card) => card.dataset.id === id);
const buttonOf = (card) => card.querySelector("button");
const idsOf = (cards) => cards.map((card) => card.dataset.id);

if (list) follow();

function follow() {
  list.addEventListener("click", choose);
  list.addEventListener("keydown", walk);
  list.addEventListener("focusin", ({ target }) => makeWay(target.closest("li")));
  document.addEventListener("keydown", ({ key }) => key === "Escape" && select(NOTHING));
  part("clear").addEventListener("click", letGo);
  part("says").addEventListener("click", ({ target }) => {
    const said = target.closest("[data-say]");
    if (said) relabel(said);
  });
  part("more")?.addEventListener("click", fetchMore);
  makeWay(visible()[0]);
}

function choose(event) {
  const card = event.target.closest("li");
  if (!card) return;
  const { id } = card.dataset;
  if (event.shiftKey) select(extend(selection, idsOf(visible()), { from: id, to: id }));
  else select(toggle(selection, id));
}

function walk(event) {
  const way = ARROWS[event.key];
  if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const cards = visible();
  const from = event.target.closest("li");
  const perRow = cards.filter((card) => card.offsetTop === cards[0].offsetTop).length;
  const to = cards[moveIndex(cards.indexOf(from), way, { count: cards.length, perRow })];
  if (event.shiftKey) select(extend(selection, idsOf(cards), { from: from.dataset.id, to: to.dataset.id }));
  buttonOf(to).focus();
}

/* Tab comes to one card only, the last that had the focus. */
function makeWay(current) {
  for (const card of list.children) buttonOf(card).tabIndex = card === current ? 0 : -1;
}

function select(next) {
  selection = next;
  for (const card of list.children) buttonOf(card).setAttribute("aria-pressed", String(next.chosen.has(card.dataset.id)));
  const count = next.chosen.size;
  const most = Number(list.dataset.most);
  bar.hidden = count === 0;
  part("count").textContent = count > most ? `${count} chosen: at most ${most} at a time` : `${count} chosen`;
  part("says").disabled = count > most;
  part("problem").hidden = true;
}

function letGo() {
  const first = visible().find((card) => selection.chosen.has(card.dataset.id));
  select(NOTHING);
  if (first) buttonOf(first).focus();
}

async function relabel(button) {
  if (isSending) return;
  const chosen = visible().filter((card) => selection.chosen.has(card.dataset.id));
  const label = /^[0-9]$/.test(button.dataset.say) ? Number(button.dataset.say) : button.dataset.say;
  const outcome = await send("review/relabel/", { ids: chosen.map((card) => card.dataset.entry), label });
  if (!outcome) return;
  const place = visible().indexOf(chosen[0]);
  for (const { id, detail } of outcome.refused) showRefusal(find(id), detail);
  for (const { id } of outcome.done) find(id).hidden = true;
  select(NOTHING);
  await focusNear(place);
  const undo = outcome.done.length ? () => takeBack(outcome.done) : null;
  showToast(describeOutcome(outcome, label), { undo, durationMs: 10_000 });
}

async function takeBack(done) {
  const outcome = await send("review/relabel/undo/", { events: done.map(({ event }) => event) });
  if (!outcome) return;
  const undone = new Set(outcome.done.map(({ id }) => id));
  const cards = [...list.children].filter((card) => undone.has(card.dataset.id));
  for (const card of cards) card.hidden = false;
  part("empty").hidden = true;
  if (cards.length) buttonOf(cards[0]).focus();
  showToast(outcome.refused.length ? outcome.refused[0].detail : "Taken back.");
}

/* The answer, or null after the problem was told. */
async function send(path, body) {
  if (isSending) return null;
  isSending = true;
  try {
    return await callApi(path, { method: "POST", body });
  } catch (problem) {
    if (bar.hidden) showToast(problem.message);
    part("problem").textContent = problem.message;
    part("problem").hidden = false;
    return null;
  } finally {
    isSending = false;
  }
}

function showRefusal(card, detail) {
  const line = card.querySelector(".refusal") ?? document.createElement("p");
  line.className = "refusal";
  line.textContent = detail;
  card.append(line);
}

async function focusNear(place) {
  if (!visible().length && part("more")) await fetchMore();
  const cards = visible();
  part("empty").hidden = cards.length > 0;
  if (cards.length) buttonOf(cards[Math.min(place, cards.length - 1)]).focus();
  else part("empty").focus();
}

async function fetchMore(event) {
  event?.preventDefault();
  const more = part("more");
  if (isFetching) return;
  isFetching = true;
  const page = await fetchHtml(more.href);
  isFetching = false;
  if (!page) return void showToast("More cannot be had right now. Try again in a moment.");
  const fresh = [...page.querySelectorAll("[data-grid] > li")].filter((card) => !find(card.dataset.id));
  list.append(...fresh.map((card) => document.adoptNode(card)));
  makeWay(fresh[0] ?? visible()[0]);
  if (event && fresh[0]) buttonOf(fresh[0]).focus();
  const next = page.querySelector("[data-more]");
  if (next) more.href = next.href;
  else more.remove();
}
