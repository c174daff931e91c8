"""How much of a page moves: https://web.dev/articles/cls."""

from playwright.sync_api import Page

MAX_LAYOUT_SHIFT = 0.02
COUNT_SHIFTS = """
window.shifted = window.shiftedByUser = 0;
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) {
    if (hadRecentInput) window.shiftedByUser += value;
    else window.shifted += value;
  }
}).observe({ type: "layout-shift", buffered: true });
"""
HAS_PAINTED = """new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
})"""


def count_shifts(page: Page) -> None:
    """Start to count in every document that this page loads from now on."""
    page.add_init_script(COUNT_SHIFTS)


def read_layout_shift(page: Page, *, with_input: bool = False) -> float:
    """Return the layout shift since the page was loaded. `with_input` adds the shifts within half a
    second of an input, which the metric leaves out."""
    page.evaluate(HAS_PAINTED)
    shift: float = page.evaluate(f"window.shifted + {int(with_input)} * window.shiftedByUser")
    return shift
