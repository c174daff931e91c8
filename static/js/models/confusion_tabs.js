/* One set's confusions at a time; without this script all stand below each other. */
export function attachConfusionTabs(section) {
  const choice = section?.querySelector("[data-panel-choice]");
  if (!choice) return;
  const select = choice.querySelector("select");
  const show = () => {
    for (const panel of section.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== select.value;
  };
  select.addEventListener("change", show);
  choice.hidden = false;
  show();
}
