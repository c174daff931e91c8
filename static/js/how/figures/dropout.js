/* Dropout by hand: some of the last numbers hidden, and what the last layer makes of the others. */
import { html } from "../../dom.js";
import { computeProbabilities, randomMask } from "../tensor_math.js";
import { article, percent } from "../text.js";
import { showBars } from "./class_bars.js";

const MANY = 160; // more need smaller cells

export function createDropoutFigure(root) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const state = { head: null, hidden: null, best: null };
  part("drop").addEventListener("click", () => state.head && drop());
  part("drop-range").addEventListener("input", () => state.head && drop());

  function drop() {
    const { length } = state.head.features;
    const count = Math.min(length - 1, Math.round((part("drop-range").value / 100) * length));
    state.hidden = randomMask(length, count, Math.random);
    draw(count);
  }

  function draw(count) {
    const { features } = state.head;
    const shares = computeProbabilities(state.head, state.hidden);
    const best = shares.indexOf(Math.max(...shares));
    part("drop-share").textContent = `${part("drop-range").value} %`;
    part("drop-caption").textContent = `${features.length - count} of ${features.length} numbers left`;
    state.hidden.forEach((isHidden, place) => part("features").children[place].classList.toggle("is-hidden", isHidden));
    showBars(part("drop-bars"), shares);
    const word = article(best === 10 ? "not_a_digit" : best);
    const stands = best === state.best ? "still" : "now";
    part("drop-note").textContent = `It ${stands} says ${word}, ${percent(shares[best])} sure. ${usual(state.head.dropped)}`;
  }

  return {
    show({ head }) {
      state.head = head;
      state.best = indexOfMost(computeProbabilities(head));
      part("features").classList.toggle("many", head.features.length > MANY);
      part("features").replaceChildren(...cells(head.features));
      drop();
    },
  };
}

function indexOfMost(shares) {
  return shares.indexOf(Math.max(...shares));
}

function usual(dropped) {
  return dropped ? `In training ${percent(dropped)} are hidden.` : "The network that answers now learnt without gaps.";
}

/* The stronger the number, the deeper its colour. */
function cells(features) {
  const most = Math.max(...features.map(Math.abs)) || 1;
  return features.map((value) => {
    const cell = html("span", { class: value < 0 ? "less" : "more" });
    cell.style.setProperty("--share", Math.abs(value) / most);
    return cell;
  });
}
