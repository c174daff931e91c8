/* The panel of all models: one row each, in a fixed order and of a fixed height, so that nothing moves
   when predictions arrive. */
import { partsOf, setText, syncChildren } from "../../dom.js";
import { formatConfidence } from "../../format_percent_and_labels.js";
import { modelTitle } from "../../model_display_names.js";
import { comparisonRows, describeComparison, describeRow, topClasses } from "../side_by_side_state.js";

/** @typedef {import("../side_by_side_state.js").Row} Row */
/** @typedef {import("../page_state_reducer.js").DrawState} DrawState */
/** @typedef {DrawState["drawing"]["prediction"]} ChampionPrediction */

const MAX_ROWS_ON_PHONES = 8; // the rest is folded; the stylesheet has the same number
const MARKS = { champion: "★", agrees: "=", differs: "≠", failed: "!", waiting: "…", empty: "" };

/** @param {HTMLElement} root */
export function createSideBySidePanel(root) {
  const part = partsOf(root, "side-by-side-");
  const [list, note, announcer, button, more] = ["list", "note", "announcer", "switch", "more"].map(part);
  more.addEventListener("click", () => unfold(list, more));
  const renderRows = createRowRenderer(part("row"), root.dataset.modelUrl ?? "");
  return (/** @type {DrawState} */ state, /** @type {DrawState | null} */ before) => {
    const { sideBySide, drawing, connection } = state;
    if (sideBySide === before?.sideBySide && drawing === before.drawing && connection === before.connection) return;
    const { isOn, models } = sideBySide;
    button.setAttribute("aria-checked", String(isOn));
    list.hidden = note.hidden = !isOn;
    more.hidden = !isOn || models.length <= MAX_ROWS_ON_PHONES || list.hasAttribute("data-all");
    if (!isOn) return;
    const { text, isFinal } = describeComparison(state);
    setText(note, text);
    if (isFinal) setText(announcer, text);
    syncChildren(list, renderRows(comparisonRows(state), drawing.prediction));
  };
}

/**
 * Show all rows. Only the stylesheet of phones hides some.
 * @param {HTMLElement} list
 * @param {HTMLElement} more
 */
function unfold(list, more) {
  list.setAttribute("data-all", "");
  more.hidden = true;
  list.children[MAX_ROWS_ON_PHONES]?.querySelector("a")?.focus();
}

/**
 * Return a function that renders rows. A model keeps its element.
 * @param {HTMLTemplateElement} template
 * @param {string} url of a model's page, with NAME for the model
 */
function createRowRenderer(template, url) {
  /** @type {Map<string, HTMLElement>} */
  const elements = new Map();
  return (/** @type {Row[]} */ rows, /** @type {ChampionPrediction} */ champion) => {
    return rows.map((row) => {
      const element = elements.get(row.model) ?? /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
      elements.set(row.model, element);
      fillRow(element, row, { url: url.replace("NAME", row.model), text: describeRow(row, champion) });
      return element;
    });
  };
}

/**
 * @param {HTMLElement} element
 * @param {Row} row
 * @param {{ url: string, text: string }} details
 */
function fillRow(element, row, { url, text }) {
  const part = (/** @type {string} */ className) => /** @type {any} */ (element.querySelector(`.side-by-side-${className}`));
  element.dataset.state = row.state;
  element.toggleAttribute("data-old", Boolean(row.isOld));
  element.toggleAttribute("data-none", row.prediction?.decision === "not_a_digit");
  setText(part("mark"), MARKS[row.state]);
  setText(part("model"), modelTitle(row.model));
  part("link").href = url;
  part("link").title = row.model;
  setText(part("text"), text);
  setText(part("prediction"), formatShort(row.prediction));
  const top = row.prediction ? topClasses(row.prediction) : [];
  [...part("digits").children].forEach((item, index) => fillClass(item, top[index]));
}

/** @param {Row["prediction"]} prediction */
function formatShort(prediction) {
  if (!prediction) return "";
  if (prediction.decision === "not_a_digit") return "none";
  return prediction.decision === "unsure" ? `${prediction.digit}?` : String(prediction.digit);
}

/**
 * @param {Element} item
 * @param {{ digit: number, probability: number } | undefined} top
 */
function fillClass(item, top) {
  const [digit, track, value] = item.children;
  const fill = /** @type {HTMLElement} */ (track.firstElementChild);
  setText(digit, top ? String(top.digit) : "");
  fill.style.setProperty("--share", String(top?.probability ?? 0));
  setText(value, top ? formatConfidence(top.probability) : "");
}
