/* The training drawings nearest to the user's drawing, and the datasets they are from. */
import { html, partsOf } from "../../dom.js";
import { formatLabel, formatPercent } from "../../format_percent_and_labels.js";
import { renderInk } from "../render_raster.js";
import { decodeRasters, SIDE } from "../tensor_math.js";
import { TRAINING_SETS } from "../explanation_page_texts.js";

/** @param {HTMLElement} root */
export function createNeighboursFigure(root) {
  const part = partsOf(root, "nearest-");
  const list = partsOf(root)("nearest");
  const setNote = (/** @type {string} */ text) => {
    part("progress").hidden = true;
    part("note").textContent = text;
  };
  const fail = (/** @type {string} */ text) => {
    list.hidden = true;
    setNote(text);
  };
  return {
    fail,
    /** @param {{ done: number, of: number }} [progress] */
    wait({ done, of } = { done: 0, of: 0 }) {
      setNote(of > 1 ? `Building the index for the first time: ${formatPercent(done / of)}` : "Searching…");
      part("progress").hidden = false;
    },
    /** @param {Neighbours} neighbours */
    show(neighbours) {
      if (neighbours.problem) return fail(neighbours.problem);
      if (neighbours.missing) return fail("The training drawings are not stored on this site.");
      list.hidden = false;
      list.replaceChildren(...neighbours.drawings.map(createItem));
      setNote(describeNeighbours(neighbours));
    },
  };
}

/** @param {Pick<Neighbours, "num_indexed"> & { drawings: { set: string }[] }} neighbours */
export function describeNeighbours({ num_indexed: numIndexed, drawings }) {
  const sets = [...new Set(drawings.map(({ set }) => set))].map((set) => TRAINING_SETS[set] ?? set);
  return `The nearest of ${numIndexed.toLocaleString("en-GB")}, with their labels. Sources: ${sets.join("; ")}. Drawings of other users are never shown.`;
}

/** @param {Neighbours["drawings"][number]} drawing */
function createItem({ raster, label, set }) {
  const isOwn = set === "own";
  const name = `${isOwn ? "Your drawing" : "A training drawing"}: ${formatLabel(label)}`;
  const canvas = html("canvas", { class: "dots", role: "img", "aria-label": name });
  renderInk(canvas, decodeRasters(raster)[0], SIDE);
  return html("li", { class: isOwn ? "own" : "" }, canvas, html("span", { "aria-hidden": "true" }, label === "not_a_digit" ? "–" : String(label)));
}
