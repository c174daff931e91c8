/* The drawing as training would have changed it, eight at a time. */
import { html } from "../../dom.js";
import { decodeRasters, SIDE } from "../tensor_math.js";
import { renderInk } from "../render_raster.js";
import { answerWords, formatLabel } from "../text.js";

const AT_ONCE = 8;

export function createAugmentationFigure(root) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const state = { practice: null, seed: 0 };
  part("practise").addEventListener("click", () => {
    if (!state.practice) return;
    state.seed = (state.seed + 1) % state.practice.seeds;
    draw();
  });

  function draw() {
    const { rasters, answers, is_own: isOwn } = state.practice;
    const from = state.seed * AT_ONCE;
    const shown = rasters.slice(from, from + AT_ONCE).map((raster, place) => pictureItem(raster, answers[from + place]));
    part("variants").replaceChildren(...shown);
    part("practice-note").textContent = isOwn
      ? "What it says stands below each."
      : "The network that answers now learnt without this; these changes are from the training of another one.";
  }

  return {
    show({ practice }) {
      state.practice = { ...practice, rasters: decodeRasters(practice.rasters) };
      draw();
    },
  };
}

/* A small picture with what was said of it. */
export function pictureItem(raster, { digit, confidence }) {
  const canvas = html("canvas", { class: "dots", role: "img", "aria-label": answerWords({ digit, confidence }) });
  renderInk(canvas, raster, SIDE);
  return html("li", {}, canvas, html("span", { "aria-hidden": "true" }, digit === null ? "–" : formatLabel(digit)));
}
