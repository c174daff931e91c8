"""Reviewing in a browser: by keyboard, with undo, to the end of the queue."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.user_actions import SEVEN, allow_training, sign_up, submit_drawings
from tests.fixtures.site_process import SiteProcess
from tests.security.site_users import assign_training_split, create_reviewer

NUM_DRAWINGS = 11


def test_reviews_by_keyboard_with_undo_to_the_end(
    new_browser: BrowserFactory, live_site: SiteProcess
) -> None:
    _submit_wrong_claims(live_site, new_browser().new_page())
    page = new_browser().new_page()
    create_reviewer(live_site, sign_up(page))

    page.goto("/")
    page.get_by_role("link", name="Review").click()
    expect(page.locator("[data-desk]")).to_be_visible()
    expect(page.locator("[data-facts]")).to_be_hidden()
    page.keyboard.press("a")
    expect(page.locator("[data-prediction]")).to_have_text(re.compile("sure"))

    for number in range(10):
        expect(page.locator("[data-desk]")).to_be_visible()
        ink = page.locator("[data-replay] path").last
        drawn = ink.get_attribute("d") or ""
        page.keyboard.press(str(number) if number else "n")
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
    page.reload()
    expect(page.locator("[data-empty]")).to_be_visible()
    expect(_decisions(page)).to_have_count(10)
    expect(page.locator("[data-progress]")).to_have_text(re.compile(r"^9\b.*\b0\b"))


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
        page.wait_for_selector("[data-desk]:not([hidden]), [data-empty]:not([hidden])")
        if empty.is_visible():
            break
        page.keyboard.press("s")
    expect(empty).to_be_visible()


def _decisions(page: Page) -> Locator:
    return page.locator("[data-decisions] > li")
