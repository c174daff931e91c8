/* What the account pages add to plain forms: passwords one can look at, passkeys, copying. */
import { attachCopyButtons } from "./copy_button.js";
import { attachPasskeyForms } from "./passkeys.js";
import { attachPasswordToggles } from "./password_toggle.js";

attachPasswordToggles(document);
attachCopyButtons(document);
attachPasskeyForms(document);
for (const form of document.querySelectorAll("[data-saves-itself]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
document.querySelector("[aria-invalid=true]")?.focus();
