/* The drawing page: puts the parts together. */
import { openLiveSocket } from "../realtime/reconnecting_socket.js";
import { showToast } from "../toast.js";
import { followSwitch, keepAsking } from "./net/side_by_side_requests.js";
import { Sheet } from "./input/drawing_canvas.js";
import { commands, followButtons } from "./commands.js";
import { countPoints } from "./drawing.js";
import { followRecent } from "./net/recent_sync.js";
import { keepState, keptState } from "./session_storage.js";
import { followKeys, keepSingleKeys, usesSingleKeys } from "./shortcuts.js";
import { freshRef } from "./uuid.js";
import { followPictures, pictureSender } from "./input/upload.js";
import { keepSending } from "./net/sender.js";
import { createStore, initialState } from "./state.js";
import { announcerView } from "./view/announcer.js";
import { answerView } from "./view/prediction.js";
import { besideView } from "./view/side_by_side_panel.js";
import { connectionView } from "./view/connection_banner.js";
import { fullView, labelsView, toolsView } from "./view/controls.js";
import { barsView, factsView } from "./view/prediction_details.js";
import { sheetView } from "./view/canvas_overlay.js";
import { stripView } from "./view/recent_strip.js";

const part = (name) => document.querySelector(`[data-${name}]`);
const user = document.body.dataset.user;
const store = createStore(initialState(freshRef()));

const sheet = new Sheet(part("canvas"), {
  onStart: () => store.dispatch({ type: "strokeStarted", ref: freshRef() }),
  onStroke: (stroke, pointer) => store.dispatch({ type: "strokeEnded", stroke, pointer }),
  room: () => roomIn(store.state),
});

function roomIn({ drawing, limits }) {
  return drawing.strokes.length < limits.strokes ? limits.points - countPoints(drawing) : 0;
}

const views = [
  sheetView(part("sheet"), sheet),
  toolsView(part("tools")),
  fullView(part("full")),
  answerView(part("answer")),
  labelsView(part("labels")),
  barsView(part("bars")),
  factsView(part("facts")),
  stripView(part("strip")),
  connectionView(part("connection")),
  announcerView(part("announcer")),
];
for (const view of views) store.subscribe(view);
const beside = part("beside");
if (beside) store.subscribe(besideView(beside));
keepState(store, user);
followRecent(store);

for (const view of views) view(store.state, null, { type: "start" });
const kept = keptState(user);
if (kept) store.dispatch({ type: "restored", drawing: kept.drawing ?? store.state.drawing, left: kept.left });

const socket = openLiveSocket({
  onMessage: hear,
  onStatus: (status) => store.dispatch({ type: "connection", status }),
});
keepSending(store, socket);
if (beside) keepAsking(store, socket);

function hear(message) {
  if (message.type === "error" && message.id) showToast(message.detail);
  store.dispatch({ type: "message", message, at: performance.now(), ref: freshRef() });
}

const pictures = pictureSender(store, socket);
const help = part("help");
const run = commands(store, {
  upload: () => part("picture-field").click(),
  resend: () => pictures.sendAgain(),
  help: () => help.showModal(),
});
followButtons(document.querySelector("main"), run);
followKeys(run);
followPictures({
  field: part("picture-field"),
  dropZone: part("sheet"),
  onPicture: pictures.send,
});

if (beside) followSwitch(store, beside);
part("connection-again").addEventListener("click", () => socket.connect());
const singleKeys = part("single-keys");
singleKeys.checked = usesSingleKeys();
singleKeys.addEventListener("change", () => keepSingleKeys(singleKeys.checked));
