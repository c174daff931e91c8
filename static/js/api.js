/* Client of the HTTP API: fetch with the session's CSRF token. Errors are ApiErrors with a message
   that can be shown to the user. */
import { getStopText, handleUserProblem, isStopped, pageUserHeaders } from "./page_user.js";

const BASE_URL = "/api/v1/";

export class ApiError extends Error {
  /** @param {{ status?: number, code?: string, detail?: string, retryAfterS?: number | null }} [problem] */
  constructor({ status = 0, code = "", detail = "", retryAfterS = null } = {}) {
    super(detail || messageForStatus(status));
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

/** @param {number} status 0 if there was no response */
export function messageForStatus(status) {
  if (status === 0) return "The site cannot be reached. Check your connection and try again.";
  if (status === 401) return "You are signed out. Sign in again to continue.";
  if (status === 404) return "This drawing no longer exists.";
  if (status === 413) return "This file is too large.";
  if (status === 429) return "Too many requests. Wait a moment and try again.";
  return "Something went wrong on our side. Try again in a moment.";
}

/**
 * Call the API. Returns the JSON of the response, or null if it has none. Throws an ApiError.
 * @param {string} path relative to /api/v1/, for example "drawings/?limit=12"
 * @param {{ method?: string, body?: any, signal?: AbortSignal | null, keepalive?: boolean }} [options] body is JSON
 *   or FormData; `keepalive` lets a small request outlive its page
 * @returns {Promise<any>}
 */
export async function callApi(path, { method = "GET", body = null, signal = null, keepalive = false } = {}) {
  if (isStopped()) throw new ApiError({ code: "other_user", detail: getStopText() });
  const response = await send(path, { method, signal, keepalive, ...requestOptions(method, body) });
  if (!response.ok) await handleUserProblem(response);
  if (!response.ok) throw await parseError(response);
  return response.status === 204 ? null : response.json();
}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function send(path, options) {
  try {
    return await fetch(BASE_URL + path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError();
  }
}

/**
 * @param {string} method
 * @param {any} body
 * @returns {RequestInit}
 */
function requestOptions(method, body) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", ...pageUserHeaders() };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken(document.cookie, document.body.dataset.csrfCookie ?? "");
  if (body === null) return { headers };
  if (body instanceof FormData) return { headers, body };
  return { headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/**
 * @param {string} cookies
 * @param {string} name of the cookie, which differs between the sites of one host
 */
export function csrfToken(cookies, name) {
  const start = `${name}=`;
  const found = cookies.split("; ").find((cookie) => cookie.startsWith(start));
  return found ? decodeURIComponent(found.slice(start.length)) : "";
}

/** @param {Response} response */
async function parseError(response) {
  const problem = await response.json().catch(() => ({}));
  const retryAfter = Number.parseFloat(response.headers.get("Retry-After") ?? "");
  return new ApiError({
    status: response.status,
    code: problem.code,
    detail: problem.detail,
    retryAfterS: Number.isFinite(retryAfter) ? retryAfter : null,
  });
}
