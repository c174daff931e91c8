/* What the account pages add to plain forms: passwords one can look at, passkeys, copying. */
import { addCopyButtons } from "./copy_button.js";
import { followPasskeyForms } from "./passkeys.js";
import { addPasswordSwitches } from "./password_toggle.js";

addPasswordSwitches(document);
addCopyButtons(document);
followPasskeyForms(document);
for (const form of document.querySelectorAll("[data-saves-itself]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
document.querySelector("[aria-invalid=true]")?.focus();
