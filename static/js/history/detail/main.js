/* The page of one drawing by itself: the same article as in the history's dialog. */
import { loadSingleKeys } from "../../draw/shortcuts.js";
import { openSocket } from "../../realtime/reconnecting_socket.js";
import { attachDrawingDetail, refreshDrawingDetail } from "../drawing_detail.js";
import { commandForKey } from "../shortcuts.js";

const article = document.querySelector("article[data-drawing]");
let isLeaving = false;

const leave = () => isLeaving || location.assign("/history/");
const refresh = async () => {
  const found = await refreshDrawingDetail(article);
  if (found === "gone") leave();
  else if (found === "newer") location.reload();
};
const actions = attachDrawingDetail(article, { changed: refresh });
const commands = {
  play: () => actions.toggle(),
  label: ({ label }) => actions.say(label),
  delete: () => actions.remove(),
};

document.addEventListener("keydown", (event) => {
  const command = commandForKey(event, { tag: event.target.tagName, isOnDrawing: true, singleKeys: loadSingleKeys() });
  if (!commands[command?.type]) return;
  event.preventDefault();
  commands[command.type](command);
});
addEventListener("submit", (event) => (isLeaving ||= !event.defaultPrevented));
addEventListener("popstate", () => location.reload()); // the list this was opened from, before a reload
openSocket({
  onMessage: (message) => {
    if (message.id !== actions.id) return;
    if (message.type === "deleted") leave();
    else refresh();
  },
  onStatus: () => {},
});
