/* What one drawing's article does, on its own page and in the dialog: replay, labels, deletion. */
import { saveClaim } from "./actions.js";
import { fetchHtml } from "../fetch_html.js";
import { attachReplay } from "../ink/replay.js";
import { showLocalTimes } from "./local_time.js";

/* Brings the article to life; changed(id) is called after a label, remove() to delete. Without
   `remove` the form does it, and leads to the history. */
export function attachDrawingDetail(article, { changed, remove = null }) {
  const id = article.dataset.drawing;
  const deletion = article.querySelector("[data-delete]");
  const replay = attachReplay(article);
  showLocalTimes(article);
  const say = async (label) => {
    if (await saveClaim(id, label)) changed(id);
  };
  article.querySelector("[data-say]").addEventListener("submit", (event) => {
    event.preventDefault();
    say(labelOf(event.submitter.value));
  });
  deletion.addEventListener("submit", (event) => {
    if (!remove) return;
    event.preventDefault();
    remove(id);
  });
  return { id, say, remove: () => deletion.requestSubmit(), toggle: () => replay.toggle() };
}

/* The facts of a drawing anew, the replay left as it runs: "level", "newer" when there is other ink
   to replay, "gone" when the drawing is. */
export async function refreshDrawingDetail(article) {
  const page = await fetchHtml(`/history/${article.dataset.drawing}/`);
  const fresh = page?.querySelector("article");
  if (!fresh) return "gone";
  if (fresh.dataset.revision !== article.dataset.revision) return "newer";
  for (const part of [".page-head", "[data-answers]", "[data-said]", "[data-fate]"]) {
    article.querySelector(part).replaceWith(document.adoptNode(fresh.querySelector(part)));
  }
  pressKeys(article, fresh);
  showLocalTimes(article);
  return "level";
}

/* The buttons stay, so that the one that has the focus keeps it. */
function pressKeys(article, fresh) {
  for (const button of article.querySelectorAll("[data-say] button")) {
    const now = fresh.querySelector(`[data-say] button[value="${button.value}"]`);
    button.hidden = now.hidden;
    if (button.value) button.setAttribute("aria-pressed", now.getAttribute("aria-pressed"));
  }
}

function labelOf(value) {
  if (value === "") return null;
  return value === "not_a_digit" ? value : Number(value);
}
