/* Passkeys (WebAuthn): requests a credential from the browser and submits it with the form.

   A form names its action in data-passkey: "sign-in" fetches a challenge from the form's own URL,
   "use" and "add" read it from the JSON element named by data-passkey-options. The button is disabled
   until this script runs, because without it the form would be submitted without a credential. */
import { partsOf, readJson } from "../dom.js";

const FAILED = "The passkey request failed or was cancelled. Try again.";
const UNAVAILABLE = "Passkeys are not available: your browser doesn't support them or the page is not served over HTTPS.";

/** @param {ParentNode} root */
export function attachPasskeyForms(root) {
  for (const element of root.querySelectorAll("form[data-passkey]")) {
    const form = /** @type {HTMLFormElement} */ (element);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submitCredential(form);
    });
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }
}

/** @param {HTMLFormElement} form */
async function submitCredential(form) {
  const line = partsOf(form)("passkey-error");
  line.hidden = true;
  try {
    fieldOf(form, "credential").value = JSON.stringify(await requestCredential(form));
    form.submit();
  } catch (error) {
    line.textContent = isSupported() ? FAILED : UNAVAILABLE;
    line.title = String(error);
    line.hidden = false;
  }
}

function isSupported() {
  return Boolean(navigator.credentials && window.PublicKeyCredential?.parseRequestOptionsFromJSON);
}

/** @param {HTMLFormElement} form */
async function requestCredential(form) {
  const options = await loadOptions(form);
  const credential =
    form.dataset.passkey === "add"
      ? await createCredential(options.creation_options.publicKey, fieldOf(form, "passwordless")?.checked)
      : await getCredential(options.request_options.publicKey);
  return /** @type {PublicKeyCredential} */ (credential).toJSON();
}

/**
 * @param {HTMLFormElement} form
 * @returns {Promise<any>}
 */
async function loadOptions(form) {
  if (form.dataset.passkeyOptions) return readJson(form.dataset.passkeyOptions);
  const response = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`no challenge: ${response.status}`);
  return response.json();
}

/**
 * @param {PublicKeyCredentialCreationOptionsJSON} options
 * @param {boolean} isPasswordless whether the passkey alone signs in: then the authenticator has to
 *   store the user (resident key) and to verify them
 */
function createCredential(options, isPasswordless) {
  /** @type {AuthenticatorSelectionCriteria} */
  const authenticatorSelection = {
    ...options.authenticatorSelection,
    residentKey: isPasswordless ? "required" : "discouraged",
    requireResidentKey: Boolean(isPasswordless),
    userVerification: isPasswordless ? "required" : options.authenticatorSelection?.userVerification,
  };
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON({ ...options, authenticatorSelection });
  return navigator.credentials.create({ publicKey });
}

/** @param {PublicKeyCredentialRequestOptionsJSON} options */
function getCredential(options) {
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @returns {any}
 */
function fieldOf(form, name) {
  return form.elements.namedItem(name);
}
