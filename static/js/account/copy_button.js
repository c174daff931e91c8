/* A button beside each text that is there to be taken elsewhere. */
import { showToast } from "../toast.js";

export function attachCopyButtons(root) {
  for (const input of root.querySelectorAll("input[data-copy]")) {
    const holder = document.createElement("span");
    holder.className = "with-button";
    input.replaceWith(holder);
    holder.append(input, copyButton(input));
  }
}

function copyButton(input) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "icon-button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
      showToast("Copied.");
    } catch {
      showToast("Your browser does not let us copy: it is selected, press Ctrl+C.");
    }
  });
  return button;
}
