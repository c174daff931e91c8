/* The list of drawings on the page: where a card belongs, which one has the focus. */

export class DrawingGrid {
  constructor(list, { empty, older }) {
    Object.assign(this, { list, empty, older });
  }

  get cards() {
    return [...this.list.children];
  }

  find(id) {
    return this.cards.find((card) => card.dataset.id === id) ?? null;
  }

  /* The card that has the focus, or null. */
  get focused() {
    return this.list.contains(document.activeElement) ? document.activeElement.closest("li") : null;
  }

  get perRow() {
    const [first] = this.cards;
    return first ? this.cards.filter((card) => card.offsetTop === first.offsetTop).length : 1;
  }

  focus(card) {
    card?.querySelector("a").focus();
  }

  /* Puts a card where its time says, in place of the one with its id. One that would come after the
     last is left out while there are older ones to fetch: it comes with them. */
  put(card) {
    const known = this.find(card.dataset.id);
    if (known) return this.#replace(known, card);
    const later = this.cards.find((other) => isNewer(card, other));
    if (!later && this.older?.isConnected) return;
    if (!later || later !== this.cards[0] || "first" in this.list.dataset) this.list.insertBefore(card, later ?? null);
    this.#showEmptiness();
  }

  append(cards) {
    for (const card of cards) if (!this.find(card.dataset.id)) this.list.append(card);
  }

  /* The focus goes on to the next card. */
  remove(id) {
    const card = this.find(id);
    if (!card) return;
    const next = card.nextElementSibling ?? card.previousElementSibling;
    const hadFocus = card === this.focused;
    card.remove();
    if (hadFocus) this.focus(next);
    this.#showEmptiness();
  }

  #replace(known, card) {
    if (known.isEqualNode(card)) return;
    const hadFocus = known === this.focused;
    known.replaceWith(card);
    if (hadFocus) this.focus(card);
  }

  #showEmptiness() {
    this.empty.hidden = this.list.children.length > 0;
  }
}

function isNewer(card, other) {
  const [a, b] = [card.dataset, other.dataset];
  return a.created > b.created || (a.created === b.created && a.id > b.id);
}
