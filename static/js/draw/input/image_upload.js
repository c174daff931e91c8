/* An image instead of a drawing: chosen, pasted or dropped, and sent by HTTP. Its prediction arrives
   over the socket like that of a drawing. */
import { callApi } from "../../api.js";
import { requirePageUser } from "../../guest.js";
import { watchPrediction } from "../net/send_messages_and_watch_predictions.js";
import { newRef } from "../uuid.js";
import { prepareImage } from "./prepare_image.js";

/** @typedef {Store<import("../page_state_reducer.js").DrawState>} DrawStore */
/** @typedef {import("../../realtime/reconnecting_socket.js").ReconnectingSocket} Socket */

/**
 * Return the first image, or else the first file, of a paste or a drop; or null.
 * @param {DataTransfer | null} transfer
 */
export function fileFrom(transfer) {
  const files = [...(transfer?.files ?? [])];
  return files.find((file) => file.type.startsWith("image/")) ?? files[0] ?? null;
}

/** @typedef {import("./prepare_image.js").ImageLimits} ImageLimits */

/**
 * @param {DrawStore} store
 * @param {Socket} socket
 * @param {ImageLimits} limits
 */
export function createUploader(store, socket, limits) {
  /** @type {File | null} */
  let last = null;
  const send = (/** @type {File} */ file) => {
    last = file;
    return uploadImage(store, socket, { file, limits });
  };
  return { send, resend: () => last && send(last) };
}

/**
 * @param {DrawStore} store
 * @param {Socket} socket
 * @param {{ file: File, limits: ImageLimits }} image
 */
async function uploadImage(store, socket, { file, limits }) {
  const ref = newRef();
  store.dispatch({ type: "imageChosen", ref, url: null, at: performance.now() });
  const image = await prepareImage(file, limits);
  if (!image) {
    store.dispatch({ type: "imageRefused", ref, code: "unreadable", detail: "" });
    return;
  }
  store.dispatch({ type: "imageShown", ref, url: URL.createObjectURL(image) });
  watchPrediction(store, socket, { ref, revision: 1 });
  await postImage(store, ref, image);
}

/**
 * @param {DrawStore} store
 * @param {string} ref
 * @param {Blob} image
 */
async function postImage(store, ref, image) {
  const body = new FormData();
  body.append("image", image, "picture");
  body.append("ref", ref);
  try {
    await requirePageUser();
    const { id } = await callApi("drawings/", { method: "POST", body });
    store.dispatch({ type: "imageAccepted", ref, id });
  } catch (error) {
    const { code, message } = /** @type {import("../../api.js").ApiError} */ (error);
    store.dispatch({ type: "imageRefused", ref, code, detail: message });
  }
}

/**
 * Call onImage with files that are chosen in the field, pasted, or dropped anywhere on the page.
 * @param {{ field: HTMLInputElement, dropZone: HTMLElement, onImage: (file: File) => void }} options
 */
export function attachUpload({ field, dropZone, onImage }) {
  const accept = (/** @type {File | null | undefined} */ file) => file && onImage(file);
  field.addEventListener("change", () => {
    accept(field.files?.[0]);
    field.value = "";
  });
  document.addEventListener("paste", (event) => {
    const file = fileFrom(event.clipboardData);
    if (file) event.preventDefault();
    accept(file);
  });
  attachDropZone(dropZone, accept);
}

/**
 * @param {HTMLElement} zone is highlighted while something is dragged over the page
 * @param {(file: File | null) => void} accept
 */
function attachDropZone(zone, accept) {
  const highlight = (/** @type {boolean} */ isOver) => zone.classList.toggle("drop-target", isOver);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    highlight(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget === null && highlight(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    highlight(false);
    accept(fileFrom(event.dataTransfer));
  });
}
