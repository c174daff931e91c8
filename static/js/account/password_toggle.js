/* A button in each password field that shows what was typed. */
export function attachPasswordToggles(root) {
  for (const input of root.querySelectorAll("input[type=password]")) {
    const holder = document.createElement("span");
    holder.className = "with-button";
    input.replaceWith(holder);
    holder.append(input);
    holder.append(passwordToggle(input));
    input.form?.addEventListener("submit", () => (input.type = "password"));
  }
}

function passwordToggle(input) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "icon-button";
  const label = input.labels[0]?.textContent.trim() ?? "password";
  const render = () => {
    const shown = input.type === "text";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(shown));
    button.setAttribute("aria-label", `Show what is typed: ${label}`);
  };
  button.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    render();
  });
  render();
  return button;
}
