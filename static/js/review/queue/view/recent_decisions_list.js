/* The last decisions of the reviewer, newest first, each with an undo button. Rows are reused, so
   that the focus stays. */
import { html, partsOf, syncChildren } from "../../../dom.js";
import { inkSvg } from "../../../ink/ink_to_svg.js";
import { formatChoice } from "../review_page_texts.js";
import { rasterImage } from "./review_item.js";

/** @typedef {import("../review_state_reducer.js").ReviewDecision} ReviewDecision */

const STATUS_TEXT = { sending: "saving…", undoing: "undoing…", saved: "" };

/**
 * @param {HTMLElement} list
 * @param {HTMLElement} none shown instead of an empty list
 * @param {(id: string) => void} onUndo
 */
export function createDecisionList(list, none, onUndo) {
  /** @type {Map<string, HTMLElement>} */
  const rows = new Map();
  return (/** @type {{ decisions: ReviewDecision[] }} */ { decisions }) => {
    const ids = new Set(decisions.map(({ id }) => id));
    for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
    const elements = decisions.map((decision) => {
      const row = rows.get(decision.id) ?? createRow(decision, onUndo);
      rows.set(decision.id, row);
      partsOf(row)("choice").textContent = formatChoice(decision.choice);
      partsOf(row)("status").textContent = STATUS_TEXT[decision.status];
      partsOf(row)("undo").disabled = decision.status === "undoing";
      return row;
    });
    syncChildren(list, elements);
    none.hidden = decisions.length > 0;
  };
}

/**
 * @param {ReviewDecision} decision
 * @param {(id: string) => void} onUndo
 */
function createRow({ id, item, choice }, onUndo) {
  const status = html("span", { class: "muted small-text", "data-status": "" });
  const text = html("span", {}, html("strong", { "data-choice": "" }), " ", status);
  const undo = html("button", { type: "button", class: "button quiet small", "aria-label": `Undo: ${formatChoice(choice)}`, "data-undo": "" }, "Undo");
  undo.addEventListener("click", () => onUndo(id));
  return html("li", { class: "decided-row" }, item.strokes ? inkSvg(item.strokes) : rasterImage(item), text, undo);
}
