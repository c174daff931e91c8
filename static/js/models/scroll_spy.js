/* Marks the current section in the table of contents while the page scrolls. */
const LINE_FRACTION = 0.3; // the current section crosses this line, as a fraction of the window's height

/** @param {HTMLElement | null} contents */
export function attachScrollSpy(contents) {
  if (!contents) return;
  const links = [...contents.querySelectorAll("a")];
  const headings = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  const mark = () => {
    const passed = headings.filter((heading) => heading && heading.getBoundingClientRect().top < innerHeight * LINE_FRACTION);
    const current = links[Math.max(passed.length - 1, 0)];
    if (current.hasAttribute("aria-current")) return;
    for (const link of links) link.removeAttribute("aria-current");
    current.setAttribute("aria-current", "location");
    const row = contents.querySelector("ul");
    if (row && row.scrollWidth > row.clientWidth) row.scrollTo({ left: current.offsetLeft - row.clientWidth / 3 });
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
}
