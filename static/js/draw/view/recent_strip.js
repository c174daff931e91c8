/* The latest drawings as vectors with their answers, whichever tab or device they come from. */
import { inkSvg, svgElement } from "../../ink/svg.js";
import { describeRecent } from "../text.js";

export function createRecentStrip(root) {
  const [list, empty] = ["list", "empty"].map((name) => root.querySelector(`[data-strip-${name}]`));
  const { historyUrl } = root.dataset;
  const cards = new Map(); // id -> { item, element }
  return ({ recent, drawing }, before) => {
    if (recent === null || (recent === before?.recent && drawing.id === before?.drawing.id)) return;
    const elements = recent.map((item) => cardOf(cards, item, historyUrl));
    for (const id of [...cards.keys()]) if (!recent.some((item) => item.id === id)) cards.delete(id);
    for (const element of elements) {
      element.toggleAttribute("data-current", element.dataset.id === drawing.id);
    }
    place(list, elements);
    empty.hidden = recent.length > 0;
  };
}

/* Moves nothing that is in its place already. */
function place(list, elements) {
  for (const child of [...list.children]) if (!elements.includes(child)) child.remove();
  elements.forEach((element, index) => {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  });
}

/* Only what changed is built anew, so that nothing flickers and the focus stays. */
function cardOf(cards, item, historyUrl) {
  const known = cards.get(item.id);
  if (known?.item === item) return known.element;
  const element = known?.element ?? document.createElement("li");
  element.className = "strip-item";
  element.dataset.id = item.id;
  element.replaceChildren(content(item, historyUrl));
  cards.set(item.id, { item, element });
  return element;
}

function content(item, historyUrl) {
  const frame = document.createElement(historyUrl ? "a" : "div");
  frame.className = "strip-card";
  if (historyUrl) frame.href = historyUrl.replace("00000000-0000-0000-0000-000000000000", item.id);
  frame.append(inkOf(item), caption(item));
  return frame;
}

function inkOf(item) {
  if (item.strokes?.length) return inkSvg(item.strokes);
  if (item.strokes === null && item.inkRevision > 0 && item.prediction) return rasterOf(item);
  return svgElement("svg", { class: "ink-thumb", viewBox: "0 0 1 1", "aria-hidden": "true" });
}

function rasterOf({ id, revision }) {
  const image = document.createElement("img");
  image.className = "strip-raster";
  image.alt = "";
  image.src = `/api/v1/drawings/${id}/raster.png?revision=${revision}`;
  return image;
}

function caption(item) {
  const line = document.createElement("span");
  line.className = "strip-answer";
  line.textContent = describeRecent(item);
  const hidden = document.createElement("span");
  hidden.className = "visually-hidden";
  hidden.textContent = item.label === null ? " (read)" : " (you said)";
  line.toggleAttribute("data-long", line.textContent.length > 6);
  line.append(hidden);
  line.dataset.kind = kindOf(item);
  return line;
}

function kindOf({ label, prediction }) {
  if (label === null || !prediction) return prediction?.verdict ?? "waiting";
  const answer = prediction.verdict === "not_a_digit" ? "not_a_digit" : prediction.digit;
  return label === answer ? "confirmed" : "corrected";
}
