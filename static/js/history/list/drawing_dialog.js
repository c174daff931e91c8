/* One drawing over the history: the content of its own page, under its own address. */
import { attachDrawingDetail, refreshDrawingDetail } from "../drawing_detail.js";
import { deleteDrawing } from "../actions.js";
import { fetchHtml } from "../../fetch_html.js";

export class DrawingDialog {
  constructor(dialog, { changed }) {
    Object.assign(this, { dialog, changed, article: null, actions: null });
    dialog.addEventListener("close", () => this.#leave());
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    addEventListener("popstate", () => this.#followAddress());
  }

  get isOpen() {
    return this.dialog.open;
  }

  /* Opens the drawing of this address, in place of the one that is open. */
  async open(address) {
    if (!(await this.#show(address))) return;
    if (this.isOpen) return history.replaceState({ drawing: true }, "", address);
    history.pushState({ drawing: true }, "", address);
    this.dialog.showModal();
  }

  async refresh(ids) {
    if (!this.isOpen || !ids.includes(this.actions.id)) return;
    const found = await refreshDrawingDetail(this.article);
    if (found === "gone") this.dialog.close();
    if (found === "newer") this.#show(location.href);
  }

  closeIfAbout(id) {
    if (this.isOpen && this.actions.id === id) this.dialog.close();
  }

  async #show(address) {
    const page = await fetchHtml(address);
    const article = page?.querySelector("article");
    if (!article) return location.assign(address);
    this.article = document.adoptNode(article);
    this.dialog.querySelector("[data-body]").replaceChildren(this.article);
    this.actions = attachDrawingDetail(this.article, { changed: this.changed, remove: (id) => this.#remove(id) });
    return true;
  }

  async #remove(id) {
    if (await deleteDrawing(id, this.changed)) this.dialog.close();
  }

  /* The browser's back and forward. */
  async #followAddress() {
    if (!history.state?.drawing) this.dialog.close();
    else if ((await this.#show(location.href)) && !this.isOpen) this.dialog.showModal();
  }

  #leave() {
    this.article.remove();
    if (history.state?.drawing) history.back();
  }
}
