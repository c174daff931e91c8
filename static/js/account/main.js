/* Scripts of the account pages. */
import "../site.js";
import { targetOf } from "../dom.js";
import { attachCopyButtons } from "./copy_button.js";
import { attachPasskeyForms } from "./passkeys.js";
import { attachPasswordToggles } from "./password_toggle.js";

attachPasswordToggles(document);
attachCopyButtons(document);
attachPasskeyForms(document);
for (const form of document.querySelectorAll("[data-saves-itself]")) {
  form.addEventListener("change", (event) => targetOf(event).closest("form")?.requestSubmit());
}
const isTyping = document.activeElement !== document.body; // the reader was faster than this script
if (!isTyping) /** @type {HTMLElement | null} */ (document.querySelector("[aria-invalid=true]"))?.focus();
