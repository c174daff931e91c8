/* A picture instead of a drawing: chosen, pasted or dropped, and sent by HTTP; its answer comes over
   the socket like any other. */
import { callApi } from "../api.js";
import { freshRef } from "./names.js";
import { watchAnswer } from "./sender.js";

const READABLE = new Set(["image/png", "image/jpeg", "image/webp"]);
const LARGEST_BYTES = 5 * 1024 * 1024;

/* What is wrong with this file, as a refusal { code, detail }, or null. Pure. */
export function refusalOf({ type, size }) {
  if (!READABLE.has(type)) return { code: "unreadable", detail: "" };
  return size > LARGEST_BYTES ? { code: "too_large", detail: "This file is larger than 5 MB." } : null;
}

/* The first picture among pasted or dropped things, or any file, or null. */
export function fileOf(transfer) {
  const files = [...(transfer?.files ?? [])];
  return files.find((file) => file.type.startsWith("image/")) ?? files[0] ?? null;
}

export async function sendPicture(store, socket, file) {
  const ref = freshRef();
  const refusal = refusalOf(file);
  const url = refusal ? null : URL.createObjectURL(file);
  store.dispatch({ type: "pictureChosen", ref, url, at: performance.now() });
  if (refusal) {
    store.dispatch({ type: "pictureRefused", ref, ...refusal });
    return;
  }
  watchAnswer(store, socket, { ref, revision: 1 });
  await post(store, ref, file);
}

async function post(store, ref, file) {
  const body = new FormData();
  body.append("image", file);
  body.append("ref", ref);
  try {
    const { id } = await callApi("drawings/", { method: "POST", body });
    store.dispatch({ type: "pictureAccepted", ref, id });
  } catch ({ code, message }) {
    store.dispatch({ type: "pictureRefused", ref, code, detail: message });
  }
}

/* Pictures dropped anywhere on the page, pasted anywhere, or chosen in the file field. */
export function followPictures({ field, dropZone, onPicture }) {
  const take = (file) => file && onPicture(file);
  field.addEventListener("change", () => {
    take(field.files[0]);
    field.value = "";
  });
  document.addEventListener("paste", (event) => {
    const file = fileOf(event.clipboardData);
    if (file) event.preventDefault();
    take(file);
  });
  followDrops(dropZone, take);
}

function followDrops(zone, take) {
  const mark = (isOver) => zone.classList.toggle("drop-target", isOver);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget === null && mark(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    take(fileOf(event.dataTransfer));
  });
}
