/* The list of the page's parts says which one is being read. */
const LINE = 0.3; // of the window's height: the part that crosses this line is being read

export function attachScrollSpy(contents) {
  if (!contents) return;
  const links = [...contents.querySelectorAll("a")];
  const headings = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  const mark = () => {
    const passed = headings.filter((heading) => heading?.getBoundingClientRect().top < innerHeight * LINE).length;
    const current = links[Math.max(passed - 1, 0)];
    if (current.hasAttribute("aria-current")) return;
    for (const link of links) link.removeAttribute("aria-current");
    current.setAttribute("aria-current", "location");
    const row = contents.querySelector("ul");
    if (row.scrollWidth > row.clientWidth) row.scrollTo({ left: current.offsetLeft - row.clientWidth / 3 });
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
}
