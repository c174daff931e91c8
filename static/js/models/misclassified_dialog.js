/* Shows the misclassified drawings of a confusion in a dialog. The content comes from the page that the link
   opens without this script. */
import { hasModifier, partsOf, targetOf } from "../dom.js";
import { fetchHtml } from "../fetch_html.js";

/** @param {HTMLDialogElement | null} dialog */
export function attachMisclassifiedDialog(dialog) {
  if (!dialog) return;
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.addEventListener("click", (event) => {
    /** @type {HTMLAnchorElement | null} */
    const link = targetOf(event).closest(".confusion a");
    if (!link || hasModifier(event)) return;
    event.preventDefault();
    show(dialog, link.href);
  });
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {string} url
 */
async function show(dialog, url) {
  const article = (await fetchHtml(url))?.querySelector("article");
  if (!article) return location.assign(url);
  partsOf(dialog)("body").replaceChildren(document.adoptNode(article));
  if (!dialog.open) dialog.showModal();
}
