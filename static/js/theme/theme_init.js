/* Applies the stored theme before the first paint, on pages without a script nonce. Not a module. */
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  /* Storage is blocked: the theme of the system applies. */
}
