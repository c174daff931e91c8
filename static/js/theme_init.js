/* The theme a person chose, for pages made without a nonce; runs before the first paint. */
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  /* storage is blocked: the system's theme it is */
}
