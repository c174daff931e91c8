/* Shows the API docs in the theme of the site. Swagger UI has a dark theme and leaves the choice to the page.
   Not a module: it runs before the first paint. */
const isDarkSystem = matchMedia("(prefers-color-scheme: dark)");

function applyTheme() {
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    /* Storage is blocked: the theme of the system applies. */
  }
  const isDark = theme === "dark" || (theme !== "light" && isDarkSystem.matches);
  document.documentElement.classList.toggle("dark-mode", isDark);
}

applyTheme();
isDarkSystem.addEventListener("change", applyTheme);
addEventListener("storage", applyTheme);
