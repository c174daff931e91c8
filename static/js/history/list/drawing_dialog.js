/* One drawing in a dialog over the history, with the content and the address of the drawing's page. */
import { partsOf } from "../../dom.js";
import { fetchHtml } from "../../fetch_html.js";
import { deleteDrawing } from "../claim_and_delete_requests.js";
import { attachDrawingDetail, refreshDrawingDetail } from "../drawing_detail.js";

export class DrawingDialog {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {{ onChange: (id: string) => void }} handlers
   */
  constructor(dialog, { onChange }) {
    this.dialog = dialog;
    this.onChange = onChange;
    /** @type {HTMLElement | null} */
    this.article = null;
    /** @type {import("../drawing_detail.js").DetailActions | null} */
    this.actions = null;
    dialog.addEventListener("close", () => this.#restoreAddress());
    partsOf(dialog)("close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    addEventListener("popstate", () => this.#handlePopState());
  }

  get isOpen() {
    return this.dialog.open;
  }

  /**
   * Open the drawing at this address; an open one is replaced.
   * @param {string} address
   */
  async open(address) {
    if (!(await this.#show(address))) return;
    if (this.isOpen) return history.replaceState({ drawing: true }, "", address);
    history.pushState({ drawing: true }, "", address);
    this.dialog.showModal();
  }

  /** @param {string[]} ids of changed drawings */
  async refresh(ids) {
    if (!this.isOpen || !this.article || !this.actions || !ids.includes(this.actions.id)) return;
    const result = await refreshDrawingDetail(this.article);
    if (result === "deleted") this.dialog.close();
    if (result === "newer") this.#show(location.href);
  }

  /** @param {string} id */
  closeIfAbout(id) {
    if (this.isOpen && this.actions?.id === id) this.dialog.close();
  }

  /** @param {string} address */
  async #show(address) {
    const page = await fetchHtml(address);
    const article = page?.querySelector("article");
    if (!article) {
      location.assign(address);
      return false;
    }
    this.article = document.adoptNode(article);
    partsOf(this.dialog)("body").replaceChildren(this.article);
    this.actions = attachDrawingDetail(this.article, { onChange: this.onChange, onRemove: (id) => this.#remove(id) });
    return true;
  }

  /** @param {string} id */
  async #remove(id) {
    if (await deleteDrawing(id, this.onChange)) this.dialog.close();
  }

  /** The browser's back and forward buttons. */
  async #handlePopState() {
    if (!history.state?.drawing) this.dialog.close();
    else if ((await this.#show(location.href)) && !this.isOpen) this.dialog.showModal();
  }

  #restoreAddress() {
    this.article?.remove();
    if (history.state?.drawing) history.back();
  }
}
