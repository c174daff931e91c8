/* Scripts of every page: the user of the page, theme switch, menus, dismissible notices. */
import { saveTimeZone } from "./time_zone_cookie.js";
import { targetOf } from "./dom.js";
import { attachMenus } from "./dropdown_menus.js";
import { watchSignOut } from "./offline/sign_out.js";
import { watchPageUser } from "./page_user.js";
import { attachThemeSwitch } from "./theme/theme_switch.js";

for (const group of document.querySelectorAll("[data-theme-switch]")) {
  attachThemeSwitch(/** @type {HTMLElement} */ (group));
}
attachMenus(document);
watchPageUser();
watchSignOut();
saveTimeZone();

document.addEventListener("click", (event) => {
  targetOf(event).closest("[data-dismiss]")?.parentElement?.remove();
});

/* On a small screen the menu scrolls; show the link of the current page. */
document.querySelector('.site-nav [aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });
