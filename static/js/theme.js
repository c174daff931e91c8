/* The theme a person chose: kept in this browser, "system" means none is kept. The first paint is
   decided by the few lines in base.html, before any stylesheet. */
const KEY = "theme";

function loadTheme() {
  try {
    return localStorage.getItem(KEY) ?? "system";
  } catch {
    return "system";
  }
}

function applyTheme(theme) {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  document.dispatchEvent(new CustomEvent("themechange"));
}

function saveTheme(theme) {
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    return; // storage is blocked: the choice lasts as long as the page
  }
}

export function attachThemeSwitch(group) {
  const inputs = [...group.querySelectorAll("input")];
  const stored = loadTheme();
  for (const input of inputs) input.checked = input.value === stored;
  group.hidden = false;
  group.addEventListener("change", (event) => {
    saveTheme(event.target.value);
    applyTheme(event.target.value);
  });
}
