/* A button in each password field that shows or hides the password. */
import { html } from "../dom.js";

/** @param {ParentNode} root */
export function attachPasswordToggles(root) {
  for (const field of root.querySelectorAll("input[type=password]")) {
    const input = /** @type {HTMLInputElement} */ (field);
    input.after(passwordToggle(input)); // the field itself stays: moving it would take the focus from it
    // A hidden password is sent, so that the browser offers to save it.
    input.form?.addEventListener("submit", () => (input.type = "password"));
  }
}

/** @param {HTMLInputElement} input */
function passwordToggle(input) {
  const label = input.labels?.[0]?.textContent?.trim() ?? "password";
  const button = html("button", { type: "button", class: "icon-button", "aria-label": `Show password: ${label}` });
  const render = () => {
    const isShown = input.type === "text";
    button.textContent = isShown ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(isShown));
  };
  button.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    render();
  });
  render();
  return button;
}
