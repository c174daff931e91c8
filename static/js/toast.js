/* A short message at the bottom of the page that closes automatically. */
import { html } from "./dom.js";

const DEFAULT_DURATION_MS = 6000;

/**
 * Show a message and return a function that closes it.
 * @param {string} text
 * @param {{ undo?: (() => void) | null, undoText?: string, durationMs?: number }} [options] `undo` adds a button
 */
export function showToast(text, { undo = null, undoText = "Undo", durationMs = DEFAULT_DURATION_MS } = {}) {
  const toast = html("div", { class: "toast" }, html("span", {}, text));
  const close = () => toast.remove();
  if (undo) {
    const closeAndUndo = () => {
      close();
      undo();
    };
    toast.append(undoButton(undoText, closeAndUndo));
  }
  document.querySelector("[data-toasts]")?.replaceChildren(toast);
  startCloseTimer(toast, close, durationMs);
  return close;
}

/**
 * @param {string} text
 * @param {() => void} onClick
 */
function undoButton(text, onClick) {
  const button = html("button", { type: "button" }, text);
  button.addEventListener("click", onClick);
  return button;
}

/**
 * Close the toast after a while. The timer pauses while the pointer or the focus is on it.
 * @param {HTMLElement} toast
 * @param {() => void} close
 * @param {number} durationMs
 */
function startCloseTimer(toast, close, durationMs) {
  let timer = setTimeout(close, durationMs);
  const pause = () => clearTimeout(timer);
  const resume = () => {
    pause();
    timer = setTimeout(close, durationMs);
  };
  toast.addEventListener("pointerenter", pause);
  toast.addEventListener("pointerleave", resume);
  toast.addEventListener("focusin", pause);
  toast.addEventListener("focusout", resume);
}
