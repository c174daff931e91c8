/* Finding, creating and updating elements. */
const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

/**
 * Create an SVG element.
 * @param {string} name
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string | null | undefined)} children null and undefined are left out
 */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG_NAMESPACE, name), attributes, children);
}

/**
 * Create an HTML element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string | null | undefined)} children null and undefined are left out
 * @returns {HTMLElementTagNameMap[K]}
 */
export function html(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/**
 * @template {Element} E
 * @param {E} element
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string | null | undefined)[]} children
 */
function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/**
 * Return a function that finds elements by data attribute: partsOf(root)("status") is the first
 * [data-status] in root. The result is `any`, because the template determines the element type.
 * @param {ParentNode} root
 * @param {string} [prefix] of every name, for example "recent-"
 * @returns {(name: string) => any}
 */
export function partsOf(root, prefix = "") {
  return (name) => root.querySelector(`[data-${prefix}${name}]`);
}

/**
 * Parse the JSON of a <script type="application/json"> element.
 * @param {string} id
 * @returns {any}
 */
export function readJson(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

/**
 * Return the element that an event is about.
 * @param {Event} event
 * @returns {HTMLElement & { value?: any }}
 */
export function targetOf(event) {
  return /** @type {HTMLElement} */ (event.target);
}

/**
 * True if a click on a link opens a new tab, a new window or a download.
 * @param {MouseEvent} event
 */
export function hasModifier(event) {
  return event.ctrlKey || event.metaKey || event.shiftKey;
}

/**
 * Set the text only if it changes, so that a live region is not announced twice.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Give a list exactly these children. Elements that are in place already are not moved, because
 * moving an element takes the focus from it.
 * @param {Element} list
 * @param {Element[]} elements
 */
export function syncChildren(list, elements) {
  for (const child of [...list.children]) if (!elements.includes(child)) child.remove();
  elements.forEach((element, index) => {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  });
}
