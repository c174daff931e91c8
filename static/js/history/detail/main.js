/* The page of one drawing. */
import "../../site.js";
import { partsOf, targetOf } from "../../dom.js";
import { loadSingleKeys } from "../../preferences.js";
import { openSocket } from "../../realtime/reconnecting_socket.js";
import { attachDrawingDetail, refreshDrawingDetail } from "../drawing_detail.js";
import { commandForKey } from "../keyboard_shortcuts.js";

/** @type {HTMLElement} */
const article = partsOf(document)("drawing");
let isLeaving = false;

const leave = () => isLeaving || location.assign("/history/");
const refresh = async () => {
  const result = await refreshDrawingDetail(article);
  if (result === "deleted") leave();
  else if (result === "newer") location.reload();
};
const actions = attachDrawingDetail(article, { onChange: refresh });
/** @type {Record<string, (command: any) => void>} */
const commands = {
  play: () => actions.toggle(),
  claim: ({ claim }) => actions.claim(claim),
  delete: () => actions.remove(),
};

document.addEventListener("keydown", (event) => {
  const command = commandForKey(event, { tag: targetOf(event).tagName, isOnDrawing: true, singleKeys: loadSingleKeys() });
  if (!command || !commands[command.type]) return;
  event.preventDefault();
  commands[command.type](command);
});
addEventListener("submit", (event) => (isLeaving ||= !event.defaultPrevented));
addEventListener("popstate", () => location.reload()); // back to the list from which the dialog was opened
openSocket({
  onMessage: (message) => {
    if (message.id !== actions.id) return;
    if (message.type === "deleted") leave();
    else refresh();
  },
  onStatus: () => {},
});
