/* The drawings of a confusion over the page; their own page is what is fetched, and where one gets
   without this script. */
import { fetchHtml } from "../fetch_html.js";

export function attachMisclassifiedDialog(dialog) {
  if (!dialog) return;
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".confusion a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(dialog, link.href);
  });
}

async function show(dialog, address) {
  const article = (await fetchHtml(address))?.querySelector("article");
  if (!article) return location.assign(address);
  dialog.querySelector("[data-body]").replaceChildren(document.adoptNode(article));
  if (!dialog.open) dialog.showModal();
}
