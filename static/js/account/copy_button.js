/* A "Copy" button next to each field with data-copy. */
import { html } from "../dom.js";
import { showToast } from "../toast.js";

/** @param {ParentNode} root */
export function attachCopyButtons(root) {
  for (const field of root.querySelectorAll("input[data-copy]")) {
    const input = /** @type {HTMLInputElement} */ (field);
    input.after(copyButton(input));
  }
}

/** @param {HTMLInputElement} input */
function copyButton(input) {
  const button = html("button", { type: "button", class: "icon-button" }, "Copy");
  button.addEventListener("click", async () => {
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
      showToast("Copied.");
    } catch {
      showToast("Your browser blocked the clipboard. The text is selected: press Ctrl+C.");
    }
  });
  return button;
}
