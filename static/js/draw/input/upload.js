/* A picture instead of a drawing: chosen, pasted or dropped, and sent by HTTP; its answer comes over
   the socket like any other. */
import { callApi } from "../../api.js";
import { newRef } from "../uuid.js";
import { watchPrediction } from "../net/sender.js";
import { resizeImage } from "./resize_image.js";

/* The first picture among pasted or dropped things, or any file, or null. */
export function fileFrom(transfer) {
  const files = [...(transfer?.files ?? [])];
  return files.find((file) => file.type.startsWith("image/")) ?? files[0] ?? null;
}

/* send(file), and sendAgain() for the one sent last. */
export function createUploader(store, socket) {
  let last = null;
  const send = (file) => {
    last = file;
    return uploadPicture(store, socket, file);
  };
  return { send, sendAgain: () => send(last) };
}

async function uploadPicture(store, socket, file) {
  const ref = newRef();
  store.dispatch({ type: "pictureChosen", ref, url: null, at: performance.now() });
  const picture = await resizeImage(file);
  if (!picture) {
    store.dispatch({ type: "pictureRefused", ref, code: "unreadable", detail: "" });
    return;
  }
  store.dispatch({ type: "pictureShown", ref, url: URL.createObjectURL(picture) });
  watchPrediction(store, socket, { ref, revision: 1 });
  await post(store, ref, picture);
}

async function post(store, ref, picture) {
  const body = new FormData();
  body.append("image", picture, "picture.png");
  body.append("ref", ref);
  try {
    const { id } = await callApi("drawings/", { method: "POST", body });
    store.dispatch({ type: "pictureAccepted", ref, id });
  } catch ({ code, message }) {
    store.dispatch({ type: "pictureRefused", ref, code, detail: message });
  }
}

/* Pictures dropped anywhere on the page, pasted anywhere, or chosen in the file field. */
export function attachUpload({ field, dropZone, onPicture }) {
  const take = (file) => file && onPicture(file);
  field.addEventListener("change", () => {
    take(field.files[0]);
    field.value = "";
  });
  document.addEventListener("paste", (event) => {
    const file = fileFrom(event.clipboardData);
    if (file) event.preventDefault();
    take(file);
  });
  attachDropZone(dropZone, take);
}

function attachDropZone(zone, take) {
  const mark = (isOver) => zone.classList.toggle("drop-target", isOver);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget === null && mark(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    take(fileFrom(event.dataTransfer));
  });
}
