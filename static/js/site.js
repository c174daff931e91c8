/* What every page has: the theme switch, menus that close, notices one can dismiss. */
import { attachMenus } from "./menu.js";
import { attachThemeSwitch } from "./theme.js";

for (const group of document.querySelectorAll("[data-theme-switch]")) {
  attachThemeSwitch(group);
}
attachMenus(document);

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.parentElement.remove();
});

/* Where the menu is too long for a small screen, the page one is on is in sight. */
document.querySelector('.site-nav [aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });
