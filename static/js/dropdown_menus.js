/* Menus made of <details data-menu>: Escape and a click elsewhere close them. */
import { targetOf } from "./dom.js";

/** @param {Document} root */
export function attachMenus(root) {
  /** @returns {NodeListOf<HTMLDetailsElement>} */
  const openMenus = () => root.querySelectorAll("details[data-menu][open]");
  root.addEventListener("click", (event) => {
    for (const menu of openMenus()) {
      if (!menu.contains(targetOf(event))) menu.open = false;
    }
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}
