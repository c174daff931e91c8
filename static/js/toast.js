/* A short line at the bottom of the page that goes away by itself; `undo` gives it a button. */
const DEFAULT_DURATION_MS = 6000;

export function showToast(text, { undo = null, undoText = "Undo", durationMs = DEFAULT_DURATION_MS } = {}) {
  const holder = document.querySelector("[data-toasts]");
  const toast = document.createElement("div");
  toast.className = "toast";
  const line = document.createElement("span");
  line.textContent = text;
  toast.append(line);
  const close = () => toast.remove();
  if (undo) toast.append(undoButton(undoText, () => (close(), undo())));
  holder.replaceChildren(toast);
  startCloseTimer(toast, close, durationMs);
  return close;
}

function undoButton(text, onClick) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", onClick);
  return button;
}

/* It stays while the pointer or the focus is on it. */
function startCloseTimer(toast, close, durationMs) {
  let timer = setTimeout(close, durationMs);
  const hold = () => clearTimeout(timer);
  const release = () => {
    hold();
    timer = setTimeout(close, durationMs);
  };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", release);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", release);
}
