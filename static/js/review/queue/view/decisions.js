/* One's last decisions, the newest first, each with a button that undoes it. A row stays the same
   element while it is there, so that the focus does. */
import { inkSvg } from "../../../ink/svg.js";
import { formatChoice } from "../text.js";

const STATUS = { sending: "saving…", undoing: "undoing…", kept: "" };

export function createDecisionList(list, none, onUndo) {
  const rows = new Map();
  return ({ decided }) => {
    const ids = new Set(decided.map(({ id }) => id));
    for (const [id, row] of rows) if (!ids.has(id)) (row.remove(), rows.delete(id));
    decided.forEach((said, place) => {
      const row = rows.get(said.id) ?? rows.set(said.id, rowOf(said, onUndo)).get(said.id);
      row.querySelector("strong").textContent = formatChoice(said.decision);
      row.querySelector("[data-status]").textContent = STATUS[said.status];
      row.querySelector("button").disabled = said.status === "undoing";
      if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
    });
    none.hidden = decided.length > 0;
  };
}

function rowOf({ id, card, decision }, onUndo) {
  const row = document.createElement("li");
  row.className = "decided-row";
  const words = document.createElement("span");
  const status = Object.assign(document.createElement("span"), { className: "muted small-text" });
  status.dataset.status = "";
  words.append(document.createElement("strong"), " ", status);
  const undo = document.createElement("button");
  undo.type = "button";
  undo.className = "button quiet small";
  undo.textContent = "Undo";
  undo.setAttribute("aria-label", `Undo: ${formatChoice(decision)}`);
  undo.addEventListener("click", () => onUndo(id));
  row.append(thumbOf(card), words, undo);
  return row;
}

function thumbOf({ strokes, seen }) {
  if (strokes) return inkSvg(strokes);
  return Object.assign(document.createElement("img"), { className: "seen", alt: "", src: seen ?? "" });
}
