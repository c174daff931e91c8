/* The facts beside the answer: ten probabilities, the picture the network saw, its name, the time. */
import { hasCurrentPrediction } from "../drawing.js";
import { parseModelRef, percent, formatLatency } from "../text.js";

export function createProbabilityBars(root) {
  const bars = [...root.querySelectorAll("[data-digit]")].map((bar) => ({
    bar,
    fill: bar.querySelector(".bar-fill"),
    value: bar.querySelector(".bar-value"),
  }));
  return ({ drawing }) => {
    const probabilities = drawing.answer?.probabilities ?? [];
    const best = drawing.answer?.digit;
    bars.forEach(({ bar, fill, value }, digit) => {
      const share = probabilities[digit] ?? 0;
      bar.classList.toggle("best", digit === best);
      fill.style.setProperty("--share", share);
      value.textContent = probabilities.length ? shortPercent(share) : "";
    });
  };
}

function shortPercent(share) {
  return share >= 0.9995 ? "100\u00a0%" : percent(share);
}

export function createPredictionDetails(root) {
  const part = (name) => root.querySelector(`[data-facts-${name}]`);
  const [raster, model, sha, roundTrip, latency] = ["raster", "model", "sha", "round-trip", "latency"].map(part);
  return ({ drawing }) => {
    const { answer, id } = drawing;
    root.classList.toggle("without-answer", !answer);
    const { name, sha: version } = answer ? parseModelRef(answer.model) : { name: "–", sha: "" };
    model.textContent = name;
    sha.textContent = version;
    roundTrip.textContent = formatLatency(answer?.roundTripMs);
    latency.textContent = formatLatency(answer?.latencyMs);
    if (!answer) raster.hidden = true;
    else if (hasCurrentPrediction(drawing)) showRaster(raster, `/api/v1/drawings/${id}/raster.png?revision=${answer.revision}`);
  };
}

/* The old picture stays until the new one is here; one that does not come leaves no hole. */
function showRaster(image, url) {
  if (image.dataset.url === url) return;
  image.dataset.url = url;
  const loading = new Image();
  loading.onload = () => {
    if (image.dataset.url !== url) return;
    image.src = url;
    image.hidden = false;
  };
  loading.src = url;
}
