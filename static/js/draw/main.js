/* The drawing page. */
import "../site.js";
import { partsOf, readJson } from "../dom.js";
import { attachShortcuts } from "../keyboard/shortcuts.js";
import { pageUser } from "../page_user.js";
import { createSocket } from "../realtime/reconnecting_socket.js";
import { isOfflinePage, loadLastChampion } from "../offline/last_visit.js";
import { prepareForOffline } from "../offline/register_service_worker.js";
import { createStore } from "../reducer_store.js";
import { showToast } from "../toast.js";
import { attachCommandButtons, createCommands } from "./run_command.js";
import { TeachingConsent } from "./teaching_consent.js";
import { countPoints } from "./drawing_reducer.js";
import { DrawingCanvas } from "./input/drawing_canvas.js";
import { drawEarlyInk, takeEarlyEvents } from "./input/early_ink.js";
import { attachUpload, createUploader } from "./input/image_upload.js";
import { DrawingDiscarder } from "./net/discard_drawings.js";
import { startRecentSync } from "./net/sync_recent_drawings.js";
import { startConnection } from "./net/guest_connection.js";
import { startSender } from "./net/send_messages_and_watch_predictions.js";
import { attachSideBySideSwitch, startSideBySideRequests } from "./net/side_by_side_requests.js";
import { loadDrawing, saveOnChange } from "./session_storage.js";
import { keepUnsentDrawings } from "./net/unsent_drawing_storage.js";
import { startOfflineConnection } from "./net/offline_connection.js";
import { initialState, reduce } from "./page_state_reducer.js";
import { startPreviews } from "./preview_requests.js";
import { newRef } from "./uuid.js";
import { createAnnouncer } from "./view/screen_reader_announcer.js";
import { createCanvasOverlay } from "./view/canvas_hint_and_image_overlay.js";
import { createConnectionBanner } from "./view/connection_banner.js";
import { createClaimButtons } from "./view/claim_buttons.js";
import { attachDetailsToggle, createPredictionDetails, createProbabilityBars } from "./view/prediction_details.js";
import { createFullNotice, createToolButtons } from "./view/tool_buttons.js";
import { createGuestInvitation } from "./view/guest_invitation.js";
import { createPredictionView } from "./view/predicted_digit.js";
import { createRecentStrip } from "./view/recent_strip.js";
import { createSeveralDigitsNotice } from "./view/several_digits_notice.js";
import { createSideBySidePanel } from "./view/side_by_side_panel.js";

const part = partsOf(document);
const store = createStore(initialState(newRef()), reduce);
const previewStroke = startPreviews(store);

const canvas = new DrawingCanvas(part("canvas"), {
  onStart: () => store.dispatch({ type: "strokeStarted", ref: newRef() }),
  onExtend: previewStroke,
  onDiscard: () => store.dispatch({ type: "strokeDiscarded" }),
  onStroke: (stroke, pointer) => store.dispatch({ type: "strokeEnded", stroke, pointer, at: Date.now() }),
  remainingPoints,
});

function remainingPoints() {
  const { drawing, limits } = store.state;
  return drawing.strokes.length < limits.strokes ? limits.points - countPoints(drawing) : 0;
}

const views = [
  createCanvasOverlay(part("sheet"), canvas),
  createToolButtons(part("tools")),
  createFullNotice(part("full")),
  createPredictionView(part("prediction")),
  createClaimButtons(part("labels")),
  createSeveralDigitsNotice(part("several")),
  createProbabilityBars(part("bars"), part("bars-preview")),
  createPredictionDetails(part("facts")),
  createRecentStrip(part("recent")),
  createConnectionBanner(part("connection")),
  createAnnouncer(part("announcer")),
];
for (const view of views) store.subscribe(view);
const invitation = part("invitation");
if (invitation) store.subscribe(createGuestInvitation(invitation));
const sideBySide = part("side-by-side");
if (sideBySide) store.subscribe(createSideBySidePanel(sideBySide));
saveOnChange(store);
startRecentSync(store);

for (const view of views) view(store.state, null, { type: "start" });
const champion = isOfflinePage() ? loadLastChampion() : readJson("champion");
if (champion) store.dispatch({ type: "message", message: { type: "champion", champion }, at: 0, ref: "" });
const stored = loadDrawing(String(pageUser().id));
if (stored) store.dispatch({ type: "restored", drawing: stored });
const earlyEvents = takeEarlyEvents(part("canvas"));
if (earlyEvents.length) store.dispatch({ type: "newDrawing", ref: newRef() });
drawEarlyInk(canvas, earlyEvents);
const kept = keepUnsentDrawings(store);

const discarder = new DrawingDiscarder();
const socket = createSocket({
  onMessage: (message) => {
    discarder.handleMessage(message);
    if (message.type === "error" && message.id) showToast(message.detail);
    store.dispatch({ type: "message", message, at: performance.now(), ref: newRef() });
  },
  onStatus: (status) => store.dispatch({ type: "connection", status }),
});
startSender(store, socket);
const mayLeave = () => kept.written().then(() => canvas.stroke === null);
const connection = isOfflinePage() ? startOfflineConnection(store, mayLeave) : startConnection(store, socket);
if (!isOfflinePage()) prepareForOffline(store);
if (sideBySide) startSideBySideRequests(store, socket);

const { maxBytes, maxPixels } = part("picture-field").dataset;
const uploader = createUploader(store, socket, { maxBytes: Number(maxBytes), maxPixels: Number(maxPixels) });
const run = createCommands(store, {
  upload: () => part("picture-field").click(),
  resend: () => uploader.resend(),
  discarder,
  consent: new TeachingConsent(part("labels"), part("consent-dialog")),
});
attachCommandButtons(/** @type {HTMLElement} */ (document.querySelector("main")), run);
attachShortcuts("draw", run);
attachUpload({ field: part("picture-field"), dropZone: part("sheet"), onImage: uploader.send });

attachDetailsToggle(part("details"));
if (sideBySide) attachSideBySideSwitch(store, sideBySide);
part("connection-again").addEventListener("click", () => connection.connect());
