/* The drawing under review: replay, reason, and prediction and claim once they are revealed. */
import { html, partsOf } from "../../../dom.js";
import { missingPicture, replaceIfBroken } from "../../../missing_picture.js";
import { attachPlayer } from "../../../ink/replay.js";
import { isShown, screenOf } from "../review_state_reducer.js";
import { formatClaim, formatPrediction } from "../review_page_texts.js";

/** @typedef {import("../review_state_reducer.js").ReviewState} ReviewState */

/** @param {HTMLElement} root */
export function createReviewItemView(root) {
  const part = partsOf(root);
  const stage = part("stage");
  /** @type {ReviewItem | null} */
  let shown = null;
  /** @type {import("../../../ink/replay.js").Replay | null} */
  let replay = null;

  const show = (/** @type {ReviewItem | null} */ item) => {
    replay?.stop();
    stage.replaceChildren(part("stage-template").content.cloneNode(true));
    replay = item?.strokes ? attachPlayer(stage, item.strokes) : null;
    if (item && !item.strokes) partsOf(stage)("replay").replaceChildren(rasterImage(item));
    part("why").textContent = item?.why ?? "";
    part("split").hidden = !item?.split;
    part("split").textContent = item?.split ?? "";
  };

  const render = (/** @type {ReviewState} */ state) => {
    const item = state.items[0] ?? null;
    const screen = screenOf(state);
    const desk = part("desk");
    desk.dataset.state = screen;
    desk.setAttribute("aria-busy", String(screen === "loading"));
    part("choices").inert = !item;
    part("empty").hidden = screen !== "empty";
    part("failed").hidden = screen !== "failed";
    part("failed-text").textContent = screen === "failed" ? (state.problem?.text ?? "") : "";
    if (item !== shown) show(item);
    shown = item;
    if (item) renderFacts(part, item, isShown(state));
  };

  return { render, toggle: () => replay?.toggle() };
}

/**
 * @param {(name: string) => any} part
 * @param {ReviewItem} item
 * @param {boolean} isRevealed
 */
function renderFacts(part, item, isRevealed) {
  part("reveal").hidden = isRevealed;
  part("facts").hidden = !isRevealed;
  part("prediction").textContent = isRevealed ? formatPrediction(item.prediction) : "";
  part("claim").textContent = isRevealed ? formatClaim(item.claim) : "";
}

/** @param {Pick<ReviewItem, "raster">} item an uploaded image, which has no strokes */
export function rasterImage({ raster }) {
  const reason = "This picture cannot be shown. Skip it.";
  return raster ? replaceIfBroken(html("img", { class: "seen", alt: "", src: raster }), reason) : missingPicture(reason);
}
