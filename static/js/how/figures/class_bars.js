/* Bars for ten digits, and for "none" where the network knows that: probabilities, or scores. */
import { html } from "../../dom.js";
import { number, percent } from "../text.js";

/* The longest bar is the highest score; what is below nought has none. */
export function showLogits(list, scores) {
  const most = Math.max(...scores);
  showBars(list, scores.map((score) => Math.max(0, score / most)), scores.map(number));
}

export function showBars(list, shares, values = shares.map(percent)) {
  if (list.children.length !== shares.length) list.replaceChildren(...shares.map((_, output) => bar(output)));
  const best = shares.indexOf(Math.max(...shares));
  shares.forEach((share, output) => {
    const item = list.children[output];
    item.classList.toggle("best", output === best);
    item.querySelector(".bar-fill").style.setProperty("--share", share);
    item.querySelector(".bar-value").textContent = values[output];
  });
}

function bar(output) {
  return html(
    "li",
    { class: "bar" },
    html("span", { class: "bar-name" }, output === 10 ? "none" : String(output)),
    html("span", { class: "bar-track" }, html("span", { class: "bar-fill" })),
    html("span", { class: "bar-value" }),
  );
}
