/* A short line at the bottom of the page that goes away by itself; `undo` gives it a button. */
const LASTS_MS = 6000;

export function showToast(text, { undo = null, undoText = "Undo", lastsMs = LASTS_MS } = {}) {
  const holder = document.querySelector("[data-toasts]");
  const toast = document.createElement("div");
  toast.className = "toast";
  const line = document.createElement("span");
  line.textContent = text;
  toast.append(line);
  const close = () => toast.remove();
  if (undo) toast.append(undoButton(undoText, () => (close(), undo())));
  holder.replaceChildren(toast);
  closeUnattended(toast, close, lastsMs);
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
function closeUnattended(toast, close, lastsMs) {
  let timer = setTimeout(close, lastsMs);
  const hold = () => clearTimeout(timer);
  const release = () => {
    hold();
    timer = setTimeout(close, lastsMs);
  };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", release);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", release);
}
