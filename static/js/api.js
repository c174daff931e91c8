/* The HTTP interface: fetch with the session's CSRF token; refusals come as a Problem whose message
   is a sentence for people. */
const BASE = "/api/v1/";

export class Problem extends Error {
  constructor({ status = 0, code = "", detail = "", retryAfterS = null } = {}) {
    super(detail || messageForStatus(status));
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

export function messageForStatus(status) {
  if (status === 0) return "The site cannot be reached. Check your connection and try again.";
  if (status === 401) return "You are signed out. Log in again to go on.";
  if (status === 404) return "This drawing is not there any more.";
  if (status === 413) return "This file is too large.";
  if (status === 429) return "That was a bit fast. Wait a moment and try again.";
  return "Something went wrong on our side. Try again in a moment.";
}

/* path is relative to /api/v1/ ("drawings/?limit=12"); body is JSON or FormData.
   Resolves to the answer's JSON (null when it has none), rejects with a Problem. */
export async function callApi(path, { method = "GET", body = null, signal = null } = {}) {
  const response = await send(path, { method, signal, ...payload(method, body) });
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? null : response.json();
}

async function send(path, options) {
  try {
    return await fetch(BASE + path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem();
  }
}

function payload(method, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken(document.cookie);
  if (body === null) return { headers };
  if (body instanceof FormData) return { headers, body };
  return { headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

export function csrfToken(cookies) {
  const found = cookies.split("; ").find((cookie) => cookie.startsWith("csrftoken="));
  return found ? decodeURIComponent(found.slice("csrftoken=".length)) : "";
}

async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  const retryAfter = Number.parseFloat(response.headers.get("Retry-After"));
  return new Problem({
    status: response.status,
    code: problem.code,
    detail: problem.detail,
    retryAfterS: Number.isFinite(retryAfter) ? retryAfter : null,
  });
}
