"""The page that explains, in a real browser, with a real background worker behind it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.drawing_page import load_ink
from tests.browser.user_actions import sign_up
from tests.fixtures.deadlines import deadline

EXPLANATION_TIMEOUT_MS = deadline(60_000)  # torch is loaded when it is asked for first
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}

MAX_LAYOUT_SHIFT = 0.1  # web.dev/articles/cls: up to there a page is called stable
COUNT_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) window.shifted += value;
}).observe({ type: "layout-shift", buffered: true });
"""


def wait_for_prediction(page: Page) -> None:
    sections = page.locator("[data-sections]")
    expect(sections).not_to_have_class(re.compile("is-waiting"), timeout=EXPLANATION_TIMEOUT_MS)


def draw_on_pad(page: Page, digit: int) -> None:
    """With the mouse, in the middle of the pad."""
    pad = page.locator("[data-pad]")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    scale = box["width"] / 400
    for stroke in load_ink(digit):
        places = [(box["x"] + scale * (x + 50), box["y"] + scale * y) for x, y, *_ in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()


def count_colours(canvas: Locator) -> int:
    count: int = canvas.evaluate(
        """canvas => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const colours = new Set();
          for (let at = 0; at < data.length; at += 4) colours.add(data.slice(at, at + 3).join());
          return colours.size;
        }"""
    )
    return count


@pytest.mark.timeout(180)
def test_a_drawing_made_on_the_page_goes_through_every_figure(new_browser: BrowserFactory) -> None:
    page = new_browser(viewport={"width": 1280, "height": 900}).new_page()
    sign_up(page)
    page.get_by_role("link", name="How it works").click()
    wait_for_prediction(page)  # an example, before there is anything of one's own
    draw_on_pad(page, 3)
    page.get_by_role("button", name="Read it").click()
    expect(page.locator("[data-prediction]")).to_have_text(
        re.compile("^A 3, "), timeout=EXPLANATION_TIMEOUT_MS
    )
    wait_for_prediction(page)

    expect(page.locator("[data-place-with-answer]")).to_have_text(re.compile("^A 3, "))
    expect(page.locator("[data-steps] > li")).to_have_count(9)
    expect(page.locator("[data-why-bars] .best .bar-name")).to_have_text("3")
    for canvas in page.locator("[data-steps] > li:first-child canvas").all():
        assert count_colours(canvas) > 3
    assert count_colours(page.locator("[data-why-picture]")) > 10
    expect(page.locator("[data-variants] > li")).to_have_count(8)
    nearest = page.locator("[data-nearest-note]")
    expect(nearest).to_have_text(
        re.compile("^The nearest of|not stored on this site"), timeout=EXPLANATION_TIMEOUT_MS
    )

    page.goto("/history/")  # kept like any other drawing, and explained again from what was kept
    page.goto(page.get_by_role("link", name=re.compile("^Read as 3")).get_attribute("href") or "")
    page.get_by_role("link", name="How it was read").click()
    expect(page.locator("[data-prediction]")).to_have_text(re.compile("^A 3, "))


@pytest.mark.timeout(180)
def test_figures_obey_the_keyboard_and_need_no_account(new_browser: BrowserFactory) -> None:
    page = new_browser(reduced_motion="reduce").new_page()
    page.goto("/how-it-works/")
    wait_for_prediction(page)

    sums = set()
    page.locator("[data-window-board]").focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        sums.add(page.locator("[data-sum]").inner_text())
    assert len(sums) > 1
    page.get_by_role("button", name="horizontal strokes").press("Enter")
    assert page.locator("[data-sum]").inner_text() not in sums

    page.locator("[data-place-sheet]").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowUp")
    corner = count_colours(page.locator("[data-place-without]"))
    assert corner > 3
    page.get_by_label("Rather than a").check(force=True)
    expect(page.locator("[data-why-note]")).to_contain_text("second most probable")
    page.get_by_label("How many are hidden").fill("96")
    expect(page.locator("[data-drop-caption]")).to_have_text(re.compile(r"^\d+ of \d+ features"))
    page.get_by_role("button", name="3", exact=True).click()
    expect(page.locator("[data-prediction]")).to_have_text(
        re.compile("^A 3, "), timeout=EXPLANATION_TIMEOUT_MS
    )


@pytest.mark.timeout(180)
def test_on_a_phone_nothing_is_wider_than_the_screen_and_nothing_jumps(
    new_browser: BrowserFactory,
) -> None:
    page = new_browser(**PHONE).new_page()
    page.add_init_script(COUNT_SHIFTS)
    page.goto("/how-it-works/")
    wait_for_prediction(page)
    expect(page.locator("[data-steps] > li")).to_have_count(9)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate("window.shifted") < MAX_LAYOUT_SHIFT


@pytest.mark.timeout(180)
def test_where_no_helper_answers_it_says_so_and_tries_again(new_browser: BrowserFactory) -> None:
    page = new_browser().new_page()
    page.clock.install()
    waiting = {"state": "waiting", "done": 0, "of": 0}
    page.route("**/explanation/**", lambda route: route.fulfill(status=202, json=waiting))
    page.goto("/how-it-works/")
    expect(page.locator("[data-status]")).to_have_text(re.compile("^Computing the explanation"))
    page.clock.run_for(30_000)
    expect(page.locator("[data-status]")).to_contain_text("No worker is responding")

    page.unroute("**/explanation/**")
    page.clock.resume()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-prediction]")).to_have_text(
        re.compile("^A 7, "), timeout=EXPLANATION_TIMEOUT_MS
    )
