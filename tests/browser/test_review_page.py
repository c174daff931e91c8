"""Reviewing in a browser: by keyboard, with undo, to the end of the queue."""

import re

from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.layout_shift import (
    HAS_PAINTED,
    MAX_LAYOUT_SHIFT,
    count_shifts,
    read_layout_shift,
)
from tests.browser.user_actions import SEVEN, allow_training, sign_up, submit_drawings
from tests.fixtures.site_process import SiteProcess
from tests.security.site_users import assign_training_split, create_reviewer

NUM_DRAWINGS = 11
NEXT_ITEM = "**/api/v1/review/next/**"
UNDO = "**/api/v1/review/*-*/"
DRAWING = "[data-desk][data-state=item]"
VIEWPORTS: tuple[ViewportSize, ...] = (
    {"width": 320, "height": 568},
    {"width": 390, "height": 844},
    {"width": 844, "height": 390},
    {"width": 1440, "height": 900},
)


def test_reviews_by_keyboard_with_undo_to_the_end(
    new_browser: BrowserFactory, live_site: SiteProcess
) -> None:
    _submit_wrong_claims(live_site, new_browser().new_page())
    page = new_browser().new_page()
    create_reviewer(live_site, sign_up(page))

    count_shifts(page)
    _expect_steady_layout(page, DRAWING)
    page.goto("/")
    page.get_by_role("link", name="Review").click()
    expect(page.locator(DRAWING)).to_be_visible()
    expect(page.locator("[data-facts]")).to_be_hidden()
    page.keyboard.press("a")
    expect(page.locator("[data-prediction]")).to_have_text(re.compile("sure"))

    for number in range(10):
        expect(page.locator(DRAWING)).to_be_visible()
        ink = page.locator("[data-replay] path").last
        drawn = ink.get_attribute("d") or ""
        page.keyboard.press(str(number) if number else "x")
        expect(_decisions(page)).to_have_count(number + 1)
        expect(ink).not_to_have_attribute("d", drawn)
    expect(_decisions(page).first.locator("strong")).to_have_text("9")
    expect(_decisions(page).last.locator("strong")).to_have_text("not a digit")
    expect(page.locator("[data-progress]")).to_have_text(re.compile(r"^10\b"))
    expect(page.locator("[data-facts]")).to_be_hidden()

    page.keyboard.press("Backspace")
    expect(_decisions(page)).to_have_count(9)
    expect(page.locator("[data-progress]")).to_have_text(re.compile(r"^9\b"))
    page.keyboard.press("7")
    expect(_decisions(page).first.locator("strong")).to_have_text("7")
    _decisions(page).last.get_by_role("button", name="Undo: not a digit").click()
    expect(_decisions(page)).to_have_count(9)

    _skip_the_rest(page)
    expect(_decisions(page).get_by_text("…")).to_have_count(0)
    page.reload()
    expect(page.locator("[data-empty]")).to_be_visible()
    expect(_decisions(page)).to_have_count(10)
    expect(page.locator("[data-progress]")).to_have_text(re.compile(r"^9\b.*\b0\b"))
    _expect_steady_layout(page, "[data-empty]")
    _expect_warning_before_unsaved_reviews_are_lost(page)


def _expect_warning_before_unsaved_reviews_are_lost(page: Page) -> None:
    """Hold the first of two undos back and leave the page."""
    is_held, held = True, list[Route]()
    page.route(UNDO, lambda route: held.append(route) if is_held else route.continue_())
    for _ in range(2):
        page.keyboard.press("Backspace")
    with page.expect_event("dialog") as shown:
        page.evaluate("setTimeout(() => location.reload())")
    assert shown.value.type == "beforeunload"
    shown.value.dismiss()
    is_held = False
    held.pop().continue_()
    expect(_decisions(page)).to_have_count(8)


def _expect_steady_layout(page: Page, selector: str) -> None:
    """Load the page in several sizes, and expect that nothing moves when the selector appears after
    the first paint."""
    is_held, held = True, list[Route]()
    page.route(NEXT_ITEM, lambda route: held.append(route) if is_held else route.continue_())
    for viewport in VIEWPORTS:
        is_held = True
        page.set_viewport_size(viewport)
        page.goto("/review/")
        expect(page.locator("[data-desk]")).to_have_attribute("data-state", "loading")
        page.evaluate(HAS_PAINTED)
        is_held = False
        while held:
            held.pop().continue_()
        page.locator(selector).wait_for()
        assert read_layout_shift(page) < MAX_LAYOUT_SHIFT, viewport
    page.unroute(NEXT_ITEM)


def _submit_wrong_claims(site: SiteProcess, page: Page) -> None:
    """Submit sevens and claim that they are threes, as a user who agreed to training."""
    assign_training_split(site, sign_up(page))
    allow_training(page)
    inks = [
        [[[x + 40 * number, *rest] for x, *rest in stroke] for stroke in SEVEN]
        for number in range(NUM_DRAWINGS)
    ]
    ids = submit_drawings(page, inks)
    page.evaluate(
        """async (ids) => {
          const { callApi } = await import("/static/js/api.js");
          const request = { method: "POST", body: { claim: 3 } };
          for (const id of ids) await callApi(`drawings/${id}/claim/`, request);
        }""",
        ids,
    )


def _skip_the_rest(page: Page) -> None:
    """Skip drawings of other tests."""
    empty = page.locator("[data-empty]")
    for _ in range(200):
        page.wait_for_selector(f"{DRAWING}, [data-empty]:not([hidden])")
        if empty.is_visible():
            break
        page.keyboard.press("s")
    expect(empty).to_be_visible()


def _decisions(page: Page) -> Locator:
    return page.locator("[data-decisions] > li")
