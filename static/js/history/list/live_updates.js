/* Keeps the open history level with what is stored: live events name drawings, the site sends their
   cards (or none, when the filters leave them out) and the new figures. */
import { openSocket } from "../../realtime/reconnecting_socket.js";
import { fetchHtml } from "../../fetch_html.js";

const TOGETHER_MS = 120; // events this close are one request
const AT_ONCE = 100;
const HERE = location.href; // a drawing that is open has an address of its own
const CHANGES = new Set(["drawing", "prediction", "failed", "label", "restored", "deleted"]);

const CONNECTION = {
  lost: "Not connected. What is new shows as soon as you are back.",
  signed_out: "You are logged out. Log in again to go on.",
  crowded: "Too many of your pages are open for this one to stay up to date. Close some of them.",
  refused: "This account may not see drawings.",
};

export function startLiveUpdates({ grid, onLevel, onGone }) {
  const waiting = new Set();
  let timer = null;
  const refreshSoon = (id) => {
    waiting.add(id);
    timer ??= setTimeout(refresh, TOGETHER_MS);
  };
  const refresh = async () => {
    timer = null;
    const ids = [...waiting].slice(0, AT_ONCE);
    for (const id of ids) waiting.delete(id);
    await level(grid, ids);
    onLevel(ids);
    if (waiting.size) timer = setTimeout(refresh, TOGETHER_MS);
  };
  let isLevel = false;
  openSocket({
    onMessage: (message) => {
      if (message.type === "deleted") onGone(message.id);
      if (CHANGES.has(message.type)) refreshSoon(message.id);
      else if (message.type === "hello" && !isLevel) (isLevel = true), catchUp(grid);
      else if (message.type === "resumed" && !message.complete) location.reload();
    },
    onStatus: ({ name }) => showConnection(name),
  });
  return refreshSoon;
}

/* Says what is wrong with the connection until it is open again. */
function showConnection(name) {
  const line = document.querySelector("[data-connection]");
  if (name === "connecting") return;
  line.textContent = CONNECTION[name] ?? "";
  line.hidden = line.textContent === "";
}

/* Brings the cards of these drawings level. */
export async function level(grid, ids) {
  const query = ids.map((id) => `id=${id}`).join("&");
  const base = grid.list.dataset.cards;
  const page = await fetchHtml(`${base}${base.includes("?") ? "&" : "?"}${query}`);
  if (!page) return;
  const cards = new Map([...page.querySelectorAll("li[data-id]")].map((card) => [card.dataset.id, card]));
  for (const id of ids) {
    if (cards.has(id)) grid.put(document.adoptNode(cards.get(id)));
    else grid.remove(id);
  }
  showFigures(page);
}

/* What was stored after this page was made and before it listened. */
async function catchUp(grid) {
  const page = await fetchHtml(HERE);
  for (const card of page?.querySelectorAll("[data-drawings] > li") ?? []) {
    grid.put(document.adoptNode(card));
  }
  if (page) showFigures(page);
}

function showFigures(page) {
  const [shown, fresh] = [document.querySelector("[data-figures]"), page.querySelector("[data-figures]")];
  if (shown && fresh) shown.replaceWith(document.adoptNode(fresh));
}
