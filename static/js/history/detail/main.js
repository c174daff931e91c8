/* The page of one drawing by itself: the same article as in the history's dialog. */
import { usesSingleKeys } from "../../draw/shortcuts.js";
import { openLiveSocket } from "../../realtime/reconnecting_socket.js";
import { followArticle, refreshArticle } from "../drawing_detail.js";
import { commandOf } from "../shortcuts.js";

const article = document.querySelector("article[data-drawing]");
let isLeaving = false;

const leave = () => isLeaving || location.assign("/history/");
const refresh = async () => {
  const found = await refreshArticle(article);
  if (found === "gone") leave();
  else if (found === "newer") location.reload();
};
const actions = followArticle(article, { changed: refresh });
const commands = {
  play: () => actions.toggle(),
  label: ({ label }) => actions.say(label),
  delete: () => actions.remove(),
};

document.addEventListener("keydown", (event) => {
  const command = commandOf(event, { tag: event.target.tagName, isOnDrawing: true, singleKeys: usesSingleKeys() });
  if (!commands[command?.type]) return;
  event.preventDefault();
  commands[command.type](command);
});
addEventListener("submit", (event) => (isLeaving ||= !event.defaultPrevented));
addEventListener("popstate", () => location.reload()); // the list this was opened from, before a reload
openLiveSocket({
  onMessage: (message) => {
    if (message.id !== actions.id) return;
    if (message.type === "deleted") leave();
    else refresh();
  },
  onStatus: () => {},
});
