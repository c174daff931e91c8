"""Bulk relabelling in a browser: by keyboard, with undo."""

import itertools

from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.user_actions import SEVEN, allow_training, sign_up, submit_drawings
from tests.fixtures.site_process import SiteProcess
from tests.security.site_users import create_reviewer

NUM_DRAWINGS = 5
GRID_PATH = "/review/digits/8/"

_offsets = itertools.count(9, 9)


def test_selection_is_relabelled_by_keyboard_and_undone(
    new_browser: BrowserFactory, live_site: SiteProcess
) -> None:
    ids = _submit_wrong_claims(new_browser().new_page())
    page = new_browser().new_page()
    create_reviewer(live_site, sign_up(page))
    page.goto(GRID_PATH)
    items = page.locator(",".join(f'[data-grid] > [data-id="{id}"]:not([hidden])' for id in ids))
    expect(items).to_have_count(NUM_DRAWINGS)
    bar = page.locator("[data-bar]")
    expect(bar).to_be_hidden()

    items.first.get_by_role("button").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator('[data-grid] [aria-pressed="true"]')).to_have_count(3)
    bar.get_by_role("button", name="7", exact=True).press("Enter")
    expect(items).to_have_count(NUM_DRAWINGS - 3)
    expect(bar).to_be_hidden()
    expect(page.locator("[data-grid] button:focus")).to_be_visible()

    page.get_by_role("button", name="Undo").click()
    expect(items).to_have_count(NUM_DRAWINGS)
    page.reload()
    expect(items).to_have_count(NUM_DRAWINGS)

    items.first.get_by_role("button").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()


def test_refused_drawing_stays_with_an_error(
    new_browser: BrowserFactory, live_site: SiteProcess
) -> None:
    drawer = new_browser().new_page()
    deleted, kept = _submit_wrong_claims(drawer)[:2]
    page = new_browser().new_page()
    create_reviewer(live_site, sign_up(page))
    page.goto(GRID_PATH)
    for id in (deleted, kept):
        page.locator(f'[data-id="{id}"] button').click()
    drawer.evaluate(
        """async (id) => {
          const { callApi } = await import("/static/js/api.js");
          await callApi(`drawings/${id}/`, { method: "DELETE" });
        }""",
        deleted,
    )
    page.locator("[data-label=set_aside]").click()
    expect(page.locator(f'[data-id="{kept}"]')).to_be_hidden()
    expect(page.locator(f'[data-id="{deleted}"] .refusal')).not_to_be_empty()


def _submit_wrong_claims(page: Page) -> list[str]:
    """Submit sevens and claim that they are eights, as a user who agreed to training.

    Each ink is different: tests of the review page distinguish items by their ink.
    """
    sign_up(page)
    allow_training(page)
    lower = next(_offsets)
    inks = [
        [[[x + 40 * number, y + lower, *rest] for x, y, *rest in stroke] for stroke in SEVEN]
        for number in range(NUM_DRAWINGS)
    ]
    ids = submit_drawings(page, inks)
    page.evaluate(
        """async (ids) => {
          const { callApi } = await import("/static/js/api.js");
          const request = { method: "POST", body: { claim: 8 } };
          for (const id of ids) await callApi(`drawings/${id}/claim/`, request);
        }""",
        ids,
    )
    return ids
