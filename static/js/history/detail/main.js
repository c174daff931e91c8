/* The page of one drawing. */
import "../../site.js";
import { partsOf } from "../../dom.js";
import { attachShortcuts } from "../../keyboard/shortcuts.js";
import { openSocket } from "../../realtime/reconnecting_socket.js";
import { attachDrawingDetail, refreshDrawingDetail } from "../drawing_detail.js";

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
  label: ({ label }) => actions.claim(label),
  unlabel: () => actions.claim(null),
  delete: () => actions.remove(),
};

attachShortcuts("history", (command) => (commands[command.type] ? commands[command.type](command) : false));
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
