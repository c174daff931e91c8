/* The drawing that is looked at, large, with its replay; why it is here; answer and claim when they
   are asked for; what is said instead when there is none. */
import { Replay } from "../../../ink/replay.js";
import { isShown } from "../state.js";
import { answerWords, formatClaim } from "../text.js";

/* Returns { render(state), toggle() }. */
export function createReviewItemView(root) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const [stage, template] = [part("stage"), part("stage-template")];
  let [shown, replay] = [null, null];

  const show = (card) => {
    replay?.stop();
    stage.replaceChildren(template.content.cloneNode(true));
    replay = card.strokes ? playerOf(stage, card.strokes) : pictureOn(stage, card.seen);
    part("why").textContent = card.why;
  };

  const render = (state) => {
    const card = state.cards[0] ?? null;
    const isLoading = !card && !state.isEmpty;
    part("desk").hidden = !card;
    part("empty").hidden = Boolean(card) || isLoading || Boolean(state.problem?.isFetch);
    part("loading").hidden = !isLoading;
    if (card && card !== shown) show(card);
    shown = card;
    if (card) renderFacts(part, card, isShown(state));
  };

  return { render, toggle: () => replay?.toggle() };
}

function renderFacts(part, card, isOpen) {
  part("reveal").hidden = isOpen;
  part("facts").hidden = !isOpen;
  part("answer").textContent = isOpen ? answerWords(card.answer) : "";
  part("claim").textContent = isOpen ? formatClaim(card.claim) : "";
}

function playerOf(stage, strokes) {
  const player = stage.querySelector("[data-player]");
  player.hidden = false;
  return new Replay({
    strokes,
    stage: stage.querySelector("[data-replay]"),
    play: player.querySelector("[data-play]"),
    scrub: player.querySelector("[data-scrub]"),
    speeds: player.querySelector("[data-speeds]"),
  });
}

function pictureOn(stage, source) {
  const picture = document.createElement("img");
  picture.className = "seen";
  picture.alt = "";
  picture.src = source ?? "";
  stage.querySelector("[data-replay]").replaceChildren(picture);
  return null;
}
