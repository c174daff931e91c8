/* The strip of recent drawings with their predictions or claims. */
import { html, partsOf, svg, syncChildren } from "../../dom.js";
import { inkSvg } from "../../ink/ink_to_svg.js";
import { missingPicture, replaceIfBroken } from "../../missing_picture.js";
import { labelOf } from "../drawing_reducer.js";
import { describeMissingPicture, describeRecent } from "../drawing_page_texts.js";

/** @typedef {import("../recent_drawings_reducer.js").RecentItem} RecentItem */
/** @typedef {Map<string, { item: RecentItem, element: HTMLElement }>} Rendered by id */
/** @typedef {import("../page_state_reducer.js").DrawState} DrawState */

const URL_PLACEHOLDER = "00000000-0000-0000-0000-000000000000";
const NOT_CONNECTED = new Set(["lost", "offline"]);
const NOT_LOADED = "Your drawings are shown here when you are connected again.";
const MAX_CAPTION_LENGTH = 6; // longer ones get a smaller font

/** @param {HTMLElement} root */
export function createRecentStrip(root) {
  const part = partsOf(root, "recent-");
  /** @type {Rendered} */
  const rendered = new Map();
  return (/** @type {DrawState} */ { recent, drawing, connection }, /** @type {DrawState | null} */ before) => {
    if (recent === null && NOT_CONNECTED.has(connection.name)) part("loading").textContent = NOT_LOADED;
    if (recent === null || (recent === before?.recent && drawing.id === before?.drawing.id)) return;
    const { historyUrl = "", whyUrl = "" } = root.dataset;
    const elements = recent.map((item) => renderItem(rendered, item, { history: historyUrl, why: whyUrl }));
    for (const id of [...rendered.keys()]) if (!recent.some((item) => item.id === id)) rendered.delete(id);
    for (const element of elements) {
      element.toggleAttribute("data-current", element.dataset.id === drawing.id);
    }
    syncChildren(part("list"), elements);
    part("loading").hidden = true;
    part("empty").hidden = recent.length > 0;
  };
}

/**
 * Keep the element of an unchanged item, so that nothing flickers and the focus stays.
 * @param {Rendered} rendered
 * @param {RecentItem} item
 * @param {{ history: string, why: string }} urls
 */
function renderItem(rendered, item, urls) {
  const known = rendered.get(item.id);
  if (known?.item === item) return known.element;
  const element = known?.element ?? html("li", { class: "strip-item", "data-id": item.id });
  element.replaceChildren(renderContent(item, urls.history), ...(item.prediction ? [renderWhy(item, urls.why)] : []));
  rendered.set(item.id, { item, element });
  return element;
}

/**
 * @param {RecentItem} item
 * @param {string} historyUrl
 */
function renderContent(item, historyUrl) {
  return html("a", { class: "strip-card", href: historyUrl.replace(URL_PLACEHOLDER, item.id) }, renderInk(item), renderCaption(item));
}

/**
 * @param {RecentItem} item
 * @param {string} whyUrl
 */
function renderWhy(item, whyUrl) {
  return html("a", { class: "strip-why", href: `${whyUrl}?drawing=${item.id}`, "aria-label": `Why? ${describeRecent(item)}` }, "Why?");
}

/** @param {RecentItem} item */
function renderInk(item) {
  if (item.strokes?.length) return inkSvg(item.strokes);
  if (item.strokes === null && item.inkRevision > 0 && item.prediction) {
    const src = `/api/v1/drawings/${item.id}/raster.png?revision=${item.revision}`;
    return replaceIfBroken(html("img", { class: "strip-raster", alt: "", src }), "This picture could not be loaded.");
  }
  if (item.strokes === null && item.status === "failed") return missingPicture(describeMissingPicture(item));
  return svg("svg", { class: "ink-thumb", viewBox: "0 0 1 1", "aria-hidden": "true" });
}

/** @param {RecentItem} item */
function renderCaption(item) {
  const text = describeRecent(item);
  const kind = kindOf(item);
  const source = html("span", { class: "visually-hidden" }, item.claim === null ? " (prediction)" : " (your label)");
  const caption = html("span", { class: "strip-prediction", "data-kind": kind }, ...marksOf(item, kind), text, source);
  caption.toggleAttribute("data-long", text.length > MAX_CAPTION_LENGTH);
  return caption;
}

/**
 * A tick, or the wrong prediction struck out: colour alone is not enough.
 * @param {RecentItem} item
 * @param {string} kind
 */
function marksOf({ prediction }, kind) {
  if (kind === "confirmed") return [html("span", { "aria-hidden": "true" }, "✓ ")];
  if (kind !== "corrected" || !prediction) return [];
  const struck = labelOf(prediction) === "not_a_digit" ? "–" : describeRecent({ status: "recognized", prediction, claim: null });
  return [html("del", { "aria-hidden": "true" }, struck), " "];
}

/** @param {RecentItem} item */
function kindOf({ claim, prediction }) {
  if (claim === null || !prediction) return prediction?.decision ?? "waiting";
  return claim === labelOf(prediction) ? "confirmed" : "corrected";
}
