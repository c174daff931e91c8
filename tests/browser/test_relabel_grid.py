"""Bulk relabelling in a browser: by keyboard, with undo."""

import itertools
import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.user_actions import SEVEN, allow_training, sign_up, submit_drawings
from tests.fixtures.site_process import SiteProcess
from tests.security.site_users import assign_training_split, create_reviewer

NUM_DRAWINGS = 5
GRID_PATH = "/review/digits/8/"

_offsets = itertools.count(9, 9)


def test_selection_is_relabelled_by_keyboard_and_undone(
    new_browser: BrowserFactory, live_site: SiteProcess
) -> None:
    ids = _submit_wrong_claims(live_site, new_browser().new_page())
    page = new_browser().new_page()
    create_reviewer(live_site, sign_up(page))
    page.goto(GRID_PATH)
    items = page.locator(",".join(f'[data-grid] > [data-id="{id}"]' for id in ids))
    expect(items).to_have_count(NUM_DRAWINGS)
    labelled = page.locator("[data-grid] > [data-new-label]")
    selected = page.locator('[data-grid] [aria-pressed="true"]')

    items.first.get_by_role("button").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(selected).to_have_count(3)
    page.keyboard.press("7")
    expect(page.locator('[data-grid] > [data-new-label="7"]')).to_have_count(3)
    expect(page.locator("[data-grid] > [data-saving]")).to_have_count(0)
    expect(selected).to_have_count(0)
    expect(items).to_have_count(NUM_DRAWINGS)
    expect(page.locator("[data-grid] button:focus")).to_be_visible()

    page.get_by_role("button", name="Undo").click()
    expect(labelled).to_have_count(0)
    page.reload()
    expect(items).to_have_count(NUM_DRAWINGS)

    items.first.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(selected).to_have_count(1)
    page.keyboard.press("Escape")
    expect(selected).to_have_count(0)


def test_a_key_labels_the_focused_drawing_and_a_button_all_others(
    new_browser: BrowserFactory, live_site: SiteProcess
) -> None:
    ids = _submit_wrong_claims(live_site, new_browser().new_page())
    page = new_browser().new_page()
    create_reviewer(live_site, sign_up(page))
    page.goto(GRID_PATH)
    first, second = (page.locator(f'[data-id="{id}"]') for id in ids[:2])
    first.get_by_role("button").focus()
    page.keyboard.press("x")
    expect(first).to_have_attribute("data-new-label", "not_a_digit")
    expect(first).not_to_have_attribute("data-saving", "")
    others = page.locator("[data-grid] > li:not([data-reviewed], [data-new-label])")
    num_others = others.count()
    assert num_others >= NUM_DRAWINGS - 1
    second.get_by_role("button").click()
    button = page.locator("[data-others]")
    expect(button).to_have_text(re.compile(rf"\b{num_others - 1}\b"))
    second.get_by_role("button").click()
    button.click()
    expect(button).to_be_hidden()
    saved = page.locator('[data-grid] > [data-new-label="8"]:not([data-saving])')
    expect(saved).to_have_count(num_others)
    page.reload()
    expect(first).to_have_count(0)
    expect(second).to_have_attribute("data-reviewed", "")


def test_refused_drawing_stays_with_an_error(
    new_browser: BrowserFactory, live_site: SiteProcess
) -> None:
    drawer = new_browser().new_page()
    deleted, kept = _submit_wrong_claims(live_site, drawer)[:2]
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
    expect(page.locator(f'[data-id="{kept}"]')).to_have_attribute("data-new-label", "set_aside")
    expect(page.locator(f'[data-id="{deleted}"] .refusal')).not_to_be_empty()


def _submit_wrong_claims(site: SiteProcess, page: Page) -> list[str]:
    """Submit sevens and claim that they are eights, as a user who agreed to training.

    Each ink is different: tests of the review page distinguish items by their ink.
    """
    assign_training_split(site, sign_up(page))
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
