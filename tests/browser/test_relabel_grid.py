"""Relabelling many at once in a real browser: by keyboard, and taken back."""

import itertools

from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.user_actions import SEVEN, sign_up, submit_drawings
from tests.fixtures.site_process import SiteProcess
from tests.security.site_users import create_reviewer

NUM_DRAWINGS = 5
GRID_PATH = "/review/digits/8/"

_offsets = itertools.count(9, 9)


def test_three_are_chosen_by_keyboard_relabelled_and_taken_back(
    new_browser: BrowserFactory, live_site: SiteProcess
) -> None:
    drawn = _draw_and_call_eights(new_browser().new_page())
    page = new_browser().new_page()
    create_reviewer(live_site, sign_up(page))
    page.goto(GRID_PATH)
    cards = page.locator(",".join(f'[data-grid] > [data-id="{id}"]:not([hidden])' for id in drawn))
    expect(cards).to_have_count(NUM_DRAWINGS)
    bar = page.get_by_role("region", name="What they are")
    expect(bar).to_be_hidden()

    cards.first.get_by_role("button").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator('[data-grid] [aria-pressed="true"]')).to_have_count(3)
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="7", exact=True).press("Enter")
    expect(cards).to_have_count(NUM_DRAWINGS - 3)
    expect(bar).to_be_hidden()
    expect(page.locator("[data-grid] button:focus")).to_be_visible()

    page.get_by_role("button", name="Undo").click()
    expect(cards).to_have_count(NUM_DRAWINGS)
    page.reload()
    expect(cards).to_have_count(NUM_DRAWINGS)

    cards.first.get_by_role("button").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()


def test_one_that_cannot_be_relabelled_stays_and_says_why(
    new_browser: BrowserFactory, live_site: SiteProcess
) -> None:
    drawer = new_browser().new_page()
    gone, kept = _draw_and_call_eights(drawer)[:2]
    page = new_browser().new_page()
    create_reviewer(live_site, sign_up(page))
    page.goto(GRID_PATH)
    for id in (gone, kept):
        page.locator(f'[data-id="{id}"] button').click()
    drawer.evaluate(
        """async (id) => {
          const { callApi } = await import("/static/js/api.js");
          await callApi(`drawings/${id}/`, { method: "DELETE" });
        }""",
        gone,
    )
    page.get_by_role("button", name="Set aside").click()
    expect(page.locator(f'[data-id="{kept}"]')).to_be_hidden()
    expect(page.locator(f'[data-id="{gone}"] .refusal')).not_to_be_empty()


def _draw_and_call_eights(page: Page) -> list[str]:
    """Sevens that their owner, who agreed to teach, calls eights. No two on the site are the same:
    tests of the review page tell cards by their ink."""
    sign_up(page)
    page.goto("/accounts/settings/")
    page.locator("#id_may_teach").check()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    lower = next(_offsets)
    inks = [
        [[[x + 40 * number, y + lower, *rest] for x, y, *rest in stroke] for stroke in SEVEN]
        for number in range(NUM_DRAWINGS)
    ]
    ids = submit_drawings(page, inks)
    page.evaluate(
        """async (ids) => {
          const { callApi } = await import("/static/js/api.js");
          const said = { method: "POST", body: { claim: 8 } };
          for (const id of ids) await callApi(`drawings/${id}/claim/`, said);
        }""",
        ids,
    )
    return ids
