"""The page "How it works" in a browser, with a background worker."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.drawing_page import load_ink
from tests.browser.layout_shift import count_shifts, read_layout_shift
from tests.browser.user_actions import sign_up
from tests.fixtures.deadlines import deadline

EXPLANATION_TIMEOUT_MS = deadline(60_000)  # the first request loads torch
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}

GOOD_LAYOUT_SHIFT = 0.1


def wait_for_explanation(page: Page) -> None:
    sections = page.locator("[data-sections]")
    expect(sections).not_to_have_class(re.compile("is-waiting"), timeout=EXPLANATION_TIMEOUT_MS)


def expect_digit(page: Page, digit: int) -> None:
    expect(page.locator("[data-prediction]")).to_have_attribute(
        "data-digit", str(digit), timeout=EXPLANATION_TIMEOUT_MS
    )


def draw_on_pad(page: Page, digit: int) -> None:
    """Draw a digit in the middle of the pad with the mouse."""
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
def test_new_drawing_is_shown_in_every_chart(new_browser: BrowserFactory) -> None:
    page = new_browser(viewport={"width": 1280, "height": 900}).new_page()
    sign_up(page)
    page.get_by_role("link", name="How it works").click()
    wait_for_explanation(page)  # an example: the user has no drawing yet
    draw_on_pad(page, 3)
    page.get_by_role("button", name="Recognize").click()
    expect_digit(page, 3)
    wait_for_explanation(page)

    expect(page.locator("[data-place-with-prediction]")).to_contain_text("3")
    expect(page.locator("[data-steps] > li")).to_have_count(9)
    expect(page.locator("[data-why-bars] .best .bar-name")).to_have_text("3")
    for canvas in page.locator("[data-steps] > li:first-child canvas").all():
        assert count_colours(canvas) > 3
    assert count_colours(page.locator("[data-why-picture]")) > 10
    expect(page.locator("[data-variants] > li")).to_have_count(8)
    nearest = page.locator("[data-nearest-note]")
    expect(nearest).not_to_be_empty(timeout=EXPLANATION_TIMEOUT_MS)

    page.goto("/history/")  # stored like any other drawing, and explained again
    page.locator("[data-drawings] [data-why]").click()
    expect_digit(page, 3)
    page.goto("/")
    page.locator("[data-recent-list] .strip-why").click()
    expect_digit(page, 3)


@pytest.mark.timeout(180)
def test_charts_work_by_keyboard_and_without_an_account(new_browser: BrowserFactory) -> None:
    page = new_browser(reduced_motion="reduce").new_page()
    page.goto("/how-it-works/")
    wait_for_explanation(page)

    sums = set()
    page.locator("[data-window-board]").focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        sums.add(page.locator("[data-sum]").inner_text())
    assert len(sums) > 1
    page.locator("[data-windows] button").nth(1).press("Enter")
    assert page.locator("[data-sum]").inner_text() not in sums

    page.locator("[data-place-sheet]").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowUp")
    corner = count_colours(page.locator("[data-place-without]"))
    assert corner > 3
    note = page.locator("[data-why-note]")
    before = note.inner_text()
    page.locator("[name=why][value=lead]").check(force=True)
    expect(note).not_to_have_text(before)
    page.locator("[data-drop-range]").fill("96")
    expect(page.locator("[data-drop-caption]")).to_have_text(re.compile(r"^\d+ of \d+"))
    page.get_by_role("button", name="3", exact=True).click()
    expect_digit(page, 3)


@pytest.mark.timeout(180)
def test_phone_layout_fits_without_layout_shifts(
    new_browser: BrowserFactory,
) -> None:
    page = new_browser(**PHONE).new_page()
    count_shifts(page)
    page.goto("/how-it-works/")
    wait_for_explanation(page)
    expect(page.locator("[data-steps] > li")).to_have_count(9)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert read_layout_shift(page, with_input=True) < GOOD_LAYOUT_SHIFT


@pytest.mark.timeout(180)
def test_missing_worker_is_shown_and_retried(new_browser: BrowserFactory) -> None:
    page = new_browser().new_page()
    page.clock.install()
    waiting = {"state": "waiting", "done": 0, "of": 0}
    page.route("**/explanation/**", lambda route: route.fulfill(status=202, json=waiting))
    page.goto("/how-it-works/")
    expect(page.locator("[data-progress]")).to_be_visible()
    page.clock.run_for(30_000)
    expect(page.locator("[data-again]")).to_be_visible()

    page.unroute("**/explanation/**")
    page.clock.resume()
    page.locator("[data-again]").click()
    expect_digit(page, 7)
