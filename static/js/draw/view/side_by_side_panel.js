/* The panel of all models: a row each, in a fixed order and at a fixed height, so that nothing jumps
   as answers come. */
import { describeComparison, rowsOf, rowWords, shortNames, topOf } from "../side_by_side.js";
import { percent } from "../text.js";

const FOLDED_FROM = 9; // rows on a phone; the stylesheet says the same
const MARKS = { champion: "★", agrees: "=", differs: "≠", silent: "!", waiting: "…", empty: "" };

export function createSideBySidePanel(root) {
  const part = (name) => root.querySelector(`[data-beside-${name}]`);
  const [list, note, announcer, button, more] = ["list", "note", "announcer", "switch", "more"].map(part);
  more.addEventListener("click", () => unfold(list, more));
  const rows = rowMaker(part("row"), root.dataset.modelUrl);
  return (state, before) => {
    const isSame = ["beside", "drawing", "connection"].every((name) => state[name] === before?.[name]);
    if (isSame) return;
    const { isOn } = state.beside;
    button.setAttribute("aria-checked", String(isOn));
    list.hidden = note.hidden = !isOn;
    more.hidden = !isOn || state.beside.models.length < FOLDED_FROM || list.hasAttribute("data-all");
    if (!isOn) return;
    const { text, isSettled } = describeComparison(state);
    write(note, text);
    if (isSettled) write(announcer, text);
    place(list, rows(rowsOf(state), state.drawing.answer));
  };
}

/* Only a phone folds them: the stylesheet knows. */
function unfold(list, more) {
  list.setAttribute("data-all", "");
  more.hidden = true;
  list.children[FOLDED_FROM - 1]?.querySelector("a").focus();
}

function rowMaker(template, url) {
  const known = new Map(); // model -> element
  return (rows, champion) => {
    const names = shortNames(rows.map(({ model }) => model));
    return rows.map((row, at) => {
      const element = known.get(row.model) ?? template.content.firstElementChild.cloneNode(true);
      known.set(row.model, element);
      fill(element, row, { ...names[at], url, champion });
      return element;
    });
  };
}

function fill(element, row, { name, sha, url, champion }) {
  const part = (name) => element.querySelector(`.beside-${name}`);
  element.dataset.state = row.state;
  element.toggleAttribute("data-old", Boolean(row.isOld));
  element.toggleAttribute("data-none", row.answer?.verdict === "not_a_digit");
  write(part("mark"), MARKS[row.state]);
  const link = part("link");
  write(part("model"), name);
  write(part("sha"), sha);
  link.href = url.replace("NAME", row.model);
  link.title = row.model;
  write(part("word"), rowWords(row, champion));
  write(part("says"), saysWords(row.answer));
  const top = row.answer ? topOf(row.answer) : [];
  [...part("top").children].forEach((place, at) => fillPlace(place, top[at]));
}

function saysWords(answer) {
  if (!answer) return "";
  if (answer.verdict === "not_a_digit") return "none";
  return answer.verdict === "unsure" ? `${answer.digit}?` : String(answer.digit);
}

function fillPlace(place, one) {
  const [digit, track, share] = place.children;
  write(digit, one ? String(one.digit) : "");
  track.firstElementChild.style.setProperty("--share", one?.share ?? 0);
  write(share, one ? shareWords(one.share) : "");
}

/* Short enough for a column: 100 % and 0 % are what they round to. */
function shareWords(share) {
  if (share >= 0.9995) return "100\u00a0%";
  if (share < 0.0005) return "0\u00a0%";
  return share < 0.01 ? `${(100 * share).toFixed(1)}\u00a0%` : percent(share);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/* Moves nothing that is in its place already, so that the focus stays. */
function place(list, elements) {
  for (const child of [...list.children]) if (!elements.includes(child)) child.remove();
  elements.forEach((element, index) => {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  });
}
