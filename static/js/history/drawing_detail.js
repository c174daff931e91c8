/* The <article> of one drawing, on its own page and in the dialog: replay, claim, deletion. */
import { partsOf } from "../dom.js";
import { fetchHtml } from "../fetch_html.js";
import { attachPlayer } from "../ink/replay.js";
import { saveClaim } from "./claim_and_delete_requests.js";

/**
 * @typedef {object} DetailActions
 * @property {string} id
 * @property {(claim: ClassLabel | null) => Promise<void>} claim
 * @property {() => void} remove
 * @property {() => void} toggle plays or pauses the replay
 */

/**
 * @param {HTMLElement} article
 * @param {{ onChange: (id: string) => void, onRemove?: ((id: string) => void) | null }} handlers without
 *   `onRemove` the form deletes the drawing and leads to the history
 * @returns {DetailActions}
 */
export function attachDrawingDetail(article, { onChange, onRemove = null }) {
  const id = article.dataset.drawing ?? "";
  const part = partsOf(article);
  const strokes = article.querySelector("script[type='application/json']"); // missing for an uploaded image
  const player = strokes && part("player") ? attachPlayer(article, JSON.parse(strokes.textContent ?? "[]")) : null;
  const claim = async (/** @type {ClassLabel | null} */ label) => {
    if (await saveClaim(id, label)) onChange(id);
  };
  part("claim").addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    claim(parseLabel(/** @type {HTMLButtonElement} */ (event.submitter).value));
  });
  part("delete").addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    if (!onRemove) return;
    event.preventDefault();
    onRemove(id);
  });
  return { id, claim, remove: () => part("delete").requestSubmit(), toggle: () => player?.toggle() };
}

/**
 * Update everything but the replay, which keeps playing. Returns "updated", "newer" if the drawing
 * has other ink now, or "deleted".
 * @param {HTMLElement} article
 */
export async function refreshDrawingDetail(article) {
  const page = await fetchHtml(`/history/${article.dataset.drawing}/`);
  const fresh = page?.querySelector("article");
  if (!fresh) return "deleted";
  if (fresh.dataset.revision !== article.dataset.revision) return "newer";
  for (const selector of [".page-head", "[data-predictions]", "[data-claims]", "[data-label-outcome]"]) {
    const section = fresh.querySelector(selector);
    if (section) article.querySelector(selector)?.replaceWith(document.adoptNode(section));
  }
  updateClaimButtons(article, fresh);
  return "updated";
}

/**
 * The buttons are kept and not replaced, so that the focus stays.
 * @param {HTMLElement} article
 * @param {HTMLElement} fresh
 */
function updateClaimButtons(article, fresh) {
  for (const button of article.querySelectorAll("button")) {
    if (!button.closest("[data-claim]")) continue;
    /** @type {HTMLButtonElement | null} */
    const now = fresh.querySelector(`[data-claim] button[value="${button.value}"]`);
    if (!now) continue;
    button.hidden = now.hidden;
    if (button.value) button.setAttribute("aria-pressed", now.getAttribute("aria-pressed") ?? "false");
  }
}

/**
 * @param {string} value of a button
 * @returns {ClassLabel | null}
 */
function parseLabel(value) {
  if (value === "") return null;
  return value === "not_a_digit" ? value : Number(value);
}
