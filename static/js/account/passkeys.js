/* Passkeys: asks the browser for a credential and sends it with the form's hidden field.

   A form says what it wants by data-passkey: "sign-in" fetches its challenge from its own action,
   "use" and "add" find theirs in the JSON element named by data-passkey-options. Its button is
   disabled until this listens: a press that nobody hears would send the form without a credential. */
import { fromBase64Url, toBase64Url } from "./base64url.js";

const GAVE_UP = "That did not work, or it was cancelled. You can try again.";
const UNKNOWN = "This browser knows no passkeys, or this address is not safe enough for them.";

export function attachPasskeyForms(root) {
  for (const form of root.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      fillAndSend(form);
    });
    form.querySelector("button[disabled]").disabled = false;
  }
}

async function fillAndSend(form) {
  const line = form.querySelector("[data-passkey-error]");
  line.hidden = true;
  try {
    form.elements.credential.value = JSON.stringify(await askBrowser(form));
    form.submit();
  } catch (error) {
    line.textContent = navigator.credentials && window.PublicKeyCredential ? GAVE_UP : UNKNOWN;
    line.title = error.message;
    line.hidden = false;
  }
}

async function askBrowser(form) {
  const options = await findOptions(form);
  if (form.dataset.passkey === "add") return createCredential(options.creation_options.publicKey, form);
  return getCredential(options.request_options.publicKey);
}

async function findOptions(form) {
  if (form.dataset.passkeyOptions) {
    return JSON.parse(document.getElementById(form.dataset.passkeyOptions).textContent);
  }
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`no challenge: ${answer.status}`);
  return answer.json();
}

async function createCredential(publicKey, form) {
  const credential = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: fromBase64Url(publicKey.challenge),
      user: { ...publicKey.user, id: fromBase64Url(publicKey.user.id) },
      excludeCredentials: publicKey.excludeCredentials?.map(withBinaryId),
      authenticatorSelection: selection(publicKey, form.elements.passwordless?.checked),
    },
  });
  const { clientDataJSON, attestationObject } = credential.response;
  return describe(credential, {
    clientDataJSON: toBase64Url(clientDataJSON),
    attestationObject: toBase64Url(attestationObject),
    transports: credential.response.getTransports?.() ?? [],
  });
}

/* Alone it has to be found without a name, and to check that it is you. */
function selection(publicKey, alone) {
  return {
    ...publicKey.authenticatorSelection,
    residentKey: alone ? "required" : "discouraged",
    requireResidentKey: Boolean(alone),
    ...(alone && { userVerification: "required" }),
  };
}

async function getCredential(publicKey) {
  const credential = await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: fromBase64Url(publicKey.challenge),
      allowCredentials: publicKey.allowCredentials?.map(withBinaryId),
    },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
  return describe(credential, {
    clientDataJSON: toBase64Url(clientDataJSON),
    authenticatorData: toBase64Url(authenticatorData),
    signature: toBase64Url(signature),
    userHandle: userHandle && toBase64Url(userHandle),
  });
}

function describe(credential, response) {
  return {
    type: credential.type,
    id: credential.id,
    rawId: toBase64Url(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function withBinaryId(descriptor) {
  return { ...descriptor, id: fromBase64Url(descriptor.id) };
}
