/* The nearest drawings of those the network learnt from, and whose hands they are. */
import { html } from "../../dom.js";
import { decodeRasters, SIDE } from "../tensor_math.js";
import { renderInk } from "../render_raster.js";
import { formatLabel, SETS } from "../text.js";

export function createNeighboursFigure(root) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const say = (text) => {
    part("nearest-note").textContent = text;
  };
  return {
    wait({ done = 0, of = 0 } = {}) {
      part("nearest-progress").hidden = false;
      const share = of > 1 ? ` ${Math.round((100 * done) / of)} %` : "";
      say(of > 1 ? `Looking through all of them for the first time.${share}` : "Looking for them …");
    },
    fail(text) {
      part("nearest-progress").hidden = true;
      part("nearest").hidden = true;
      say(text);
    },
    show(found) {
      part("nearest-progress").hidden = true;
      if (found.problem) return this.fail(found.problem);
      if (found.missing) return this.fail("The drawings it learnt from are not kept on this site, so there is nothing to show here.");
      part("nearest").hidden = false;
      part("nearest").replaceChildren(...found.drawings.map(drawingItem));
      say(wordsOn(found));
    },
  };
}

export function wordsOn({ looked_at: lookedAt, drawings }) {
  const sets = [...new Set(drawings.map(({ set }) => set))].map((set) => SETS[set] ?? set);
  return `The nearest of ${lookedAt.toLocaleString("en-GB")}, with the digit they were meant to be. Whose hands: ${sets.join("; ")}. Drawings of other people here are shown to nobody.`;
}

function drawingItem({ raster, label, set }) {
  const canvas = html("canvas", { class: "dots", role: "img", "aria-label": `${set === "own" ? "A drawing of yours" : "A training drawing"}: ${formatLabel(label)}` });
  renderInk(canvas, decodeRasters(raster)[0], SIDE);
  return html("li", set === "own" ? { class: "own" } : {}, canvas, html("span", { "aria-hidden": "true" }, label === "not_a_digit" ? "–" : formatLabel(label)));
}
