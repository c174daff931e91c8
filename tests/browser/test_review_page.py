"""Reviewing in a real browser: by keyboard alone, undone, to the end of the queue."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.user_actions import SEVEN, sign_up, submit_drawings
from tests.fixtures.site_process import SiteProcess
from tests.security.site_users import create_reviewer

NUM_DRAWINGS = 11


def test_ten_are_reviewed_by_keyboard_one_is_undone_and_the_queue_ends(
    new_browser: BrowserFactory, live_site: SiteProcess
) -> None:
    _draw_with_wrong_claims(new_browser().new_page())
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
        expect(_decided(page)).to_have_count(number + 1)
        expect(ink).not_to_have_attribute("d", drawn)
    expect(_decided(page).first.locator("strong")).to_have_text("9")
    expect(_decided(page).last.locator("strong")).to_have_text("not a digit")
    expect(page.locator("[data-progress]")).to_have_text(re.compile("^10 reviewed today"))
    expect(page.locator("[data-facts]")).to_be_hidden()

    page.keyboard.press("Backspace")
    expect(_decided(page)).to_have_count(9)
    expect(page.locator("[data-progress]")).to_have_text(re.compile("^9 reviewed today"))
    page.keyboard.press("7")
    expect(_decided(page).first.locator("strong")).to_have_text("7")
    _decided(page).last.get_by_role("button", name="Undo: not a digit").click()
    expect(_decided(page)).to_have_count(9)

    _skip_the_rest(page)
    page.reload()
    expect(page.get_by_role("heading", name="Nothing to review")).to_be_visible()
    expect(_decided(page)).to_have_count(10)
    expect(page.locator("[data-progress]")).to_have_text("9 reviewed today, 0 waiting")


def _draw_with_wrong_claims(page: Page) -> None:
    """Sevens that their owner, who agreed to teach, calls threes: each a little further."""
    sign_up(page)
    page.goto("/accounts/settings/")
    page.locator("#id_may_teach").check()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    inks = [
        [[[x + 40 * number, *rest] for x, *rest in stroke] for stroke in SEVEN]
        for number in range(NUM_DRAWINGS)
    ]
    ids = submit_drawings(page, inks)
    page.evaluate(
        """async (ids) => {
          const { callApi } = await import("/static/js/api.js");
          const said = { method: "POST", body: { claim: 3 } };
          for (const id of ids) await callApi(`drawings/${id}/claim/`, said);
        }""",
        ids,
    )


def _skip_the_rest(page: Page) -> None:
    """Drawings of other tests may wait as well."""
    empty = page.locator("[data-empty]")
    for _ in range(200):
        page.wait_for_selector("[data-desk]:not([hidden]), [data-empty]:not([hidden])")
        if empty.is_visible():
            break
        page.keyboard.press("s")
    expect(empty).to_be_visible()


def _decided(page: Page) -> Locator:
    return page.locator("[data-decisions] > li")
