/* Which ink moved the decision, and what would turn it. */
import { decodeMaps, decodeRasters, computeLogits, SIDE } from "../tensor_math.js";
import { renderInk, renderSigned } from "../render_raster.js";
import { article, formatLabel } from "../text.js";
import { showLogits } from "./class_bars.js";

export function createAttributionFigure(root) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const state = { reading: null, why: "alone" };
  root.addEventListener("change", (event) => {
    state.why = event.target.value;
    if (state.reading) draw();
  });

  function draw() {
    const { decision } = state.reading;
    const canvas = part("why-picture");
    const note = describeAttribution(decision, state.why);
    if (state.why === "change") paintChange(canvas, state.reading);
    else renderSigned(canvas, decodeMaps(decision[state.why])[0].bytes, SIDE);
    canvas.setAttribute("aria-label", note);
    part("why-note").textContent = note;
  }

  return {
    show(reading) {
      state.reading = reading;
      const { best, second } = reading.decision;
      part("why-alone").textContent = `For ${article(best)}`;
      part("why-lead").textContent = `Rather than ${article(second)}`;
      part("why-change").textContent = `What would make it ${article(second)}`;
      showLogits(part("why-bars"), computeLogits(reading.head));
      draw();
    },
  };
}

/* The drawing in ink; what would have to be added in blue, what would have to go in red. */
function paintChange(canvas, { raster, decision }) {
  const [before, after] = [decodeRasters(raster)[0], decodeRasters(decision.change.raster)[0]];
  renderInk(canvas, before.map((byte) => byte * 0.35), SIDE);
  const context = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  before.forEach((byte, place) => {
    const more = after[place] - byte;
    if (!more) return;
    context.fillStyle = style.getPropertyValue(more > 0 ? "--accent" : "--mark");
    context.globalAlpha = Math.max(0.25, Math.abs(more) / 255);
    context.fillRect(place % SIDE, Math.floor(place / SIDE), 1, 1);
  });
  context.globalAlpha = 1;
}

export function describeAttribution({ best, second, change }, why) {
  const [first, next] = [formatLabel(best), article(second)];
  if (why === "alone") return `Blue ink spoke for ${article(best)}, red ink against it; the paler, the less.`;
  if (why === "lead") return `The next best guess was ${next}. Blue ink spoke for ${first} rather than that, red ink the other way round.`;
  if (!change.reached) return `Nothing small would do: after ${change.touches} little squares it still did not say ${next}.`;
  const squares = change.touches === 1 ? "One little square" : `${change.touches} little squares`;
  return `${squares} of ink, added (blue) or taken away (red), and it would say ${next}.`;
}
