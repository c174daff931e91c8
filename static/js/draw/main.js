/* The drawing page: puts the parts together. */
import { openSocket } from "../realtime/reconnecting_socket.js";
import { showToast } from "../toast.js";
import { followSwitch, startSideBySideRequests } from "./net/side_by_side_requests.js";
import { DrawingCanvas } from "./input/drawing_canvas.js";
import { commands, attachCommandButtons } from "./commands.js";
import { countPoints } from "./drawing.js";
import { startRecentSync } from "./net/recent_sync.js";
import { saveOnChange, loadState } from "./session_storage.js";
import { attachShortcuts, saveSingleKeys, loadSingleKeys } from "./shortcuts.js";
import { newRef } from "./uuid.js";
import { attachUpload, createUploader } from "./input/upload.js";
import { startSender } from "./net/sender.js";
import { createStore, initialState } from "./state.js";
import { createAnnouncer } from "./view/announcer.js";
import { createPredictionView } from "./view/prediction.js";
import { createSideBySidePanel } from "./view/side_by_side_panel.js";
import { createConnectionBanner } from "./view/connection_banner.js";
import { createFullNotice, createClaimButtons, createToolButtons } from "./view/controls.js";
import { createProbabilityBars, createPredictionDetails } from "./view/prediction_details.js";
import { createCanvasOverlay } from "./view/canvas_overlay.js";
import { createRecentStrip } from "./view/recent_strip.js";

const part = (name) => document.querySelector(`[data-${name}]`);
const user = document.body.dataset.user;
const store = createStore(initialState(newRef()));

const sheet = new DrawingCanvas(part("canvas"), {
  onStart: () => store.dispatch({ type: "strokeStarted", ref: newRef() }),
  onStroke: (stroke, pointer) => store.dispatch({ type: "strokeEnded", stroke, pointer }),
  room: () => roomIn(store.state),
});

function roomIn({ drawing, limits }) {
  return drawing.strokes.length < limits.strokes ? limits.points - countPoints(drawing) : 0;
}

const views = [
  createCanvasOverlay(part("sheet"), sheet),
  createToolButtons(part("tools")),
  createFullNotice(part("full")),
  createPredictionView(part("answer")),
  createClaimButtons(part("labels")),
  createProbabilityBars(part("bars")),
  createPredictionDetails(part("facts")),
  createRecentStrip(part("strip")),
  createConnectionBanner(part("connection")),
  createAnnouncer(part("announcer")),
];
for (const view of views) store.subscribe(view);
const beside = part("beside");
if (beside) store.subscribe(createSideBySidePanel(beside));
saveOnChange(store, user);
startRecentSync(store);

for (const view of views) view(store.state, null, { type: "start" });
const kept = loadState(user);
if (kept) store.dispatch({ type: "restored", drawing: kept.drawing ?? store.state.drawing, left: kept.left });

const socket = openSocket({
  onMessage: hear,
  onStatus: (status) => store.dispatch({ type: "connection", status }),
});
startSender(store, socket);
if (beside) startSideBySideRequests(store, socket);

function hear(message) {
  if (message.type === "error" && message.id) showToast(message.detail);
  store.dispatch({ type: "message", message, at: performance.now(), ref: newRef() });
}

const pictures = createUploader(store, socket);
const help = part("help");
const run = commands(store, {
  upload: () => part("picture-field").click(),
  resend: () => pictures.sendAgain(),
  help: () => help.showModal(),
});
attachCommandButtons(document.querySelector("main"), run);
attachShortcuts(run);
attachUpload({
  field: part("picture-field"),
  dropZone: part("sheet"),
  onPicture: pictures.send,
});

if (beside) followSwitch(store, beside);
part("connection-again").addEventListener("click", () => socket.connect());
const singleKeys = part("single-keys");
singleKeys.checked = loadSingleKeys();
singleKeys.addEventListener("change", () => saveSingleKeys(singleKeys.checked));
