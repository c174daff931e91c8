"""The page of a network in a real browser: the drawings behind a confusion, charts and their
tables, two networks beside each other; by mouse, by keyboard, on a small phone."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.user_actions import sign_up
from tests.fixtures.site_process import wait_until

NUM_BUNDLED_MODELS = 7
SMALL_PHONE = {"width": 360, "height": 740}


def _open(page: Page, name: str) -> None:
    """A network that came with the site; the background makes them known after the start."""
    listed = page.locator(".model-link")
    wait_until(
        lambda: _count(page, listed) >= NUM_BUNDLED_MODELS, within_s=30, what="all are known"
    )
    page.get_by_role("link", name=re.compile(rf"^{name} [0-9a-f]{{12}}$")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    expect(page.get_by_label("On", exact=True)).to_be_visible()  # its scripts have run


def _count(page: Page, listed: Locator) -> int:
    page.goto("/models/")
    return listed.count()


def _fits_viewport(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_number_of_the_confusion_matrix_shows_those_drawings(page: Page) -> None:
    sign_up(page)
    _open(page, "fnn")
    cell = page.get_by_role("link", name=re.compile(r"^4 read as 9: \d+$")).first
    pictures = page.get_by_role("dialog").locator("img.seen")
    cell.click()
    expect(page.get_by_role("dialog").get_by_role("heading")).to_have_text("4 read as 9")
    expect(pictures.first).to_be_visible()
    assert pictures.first.evaluate("(image) => image.complete && image.naturalWidth") == 28
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    expect(pictures.first).to_be_visible()
    page.get_by_role("button", name="Close").click()

    shown = page.locator("[data-panel]:visible")
    expect(shown).to_have_count(1)
    page.get_by_label("On", exact=True).select_option(label="Drawn with a pen, final test")
    expect(shown.get_by_role("heading", level=3)).to_contain_text("Drawn with a pen")
    expect(shown.get_by_role("link")).to_have_count(0)


def test_its_parts_are_found_and_its_charts_read_on_a_small_phone(
    new_browser: BrowserFactory,
) -> None:
    page = new_browser(viewport=SMALL_PHONE).new_page()
    sign_up(page)
    _open(page, "inknet")
    assert _fits_viewport(page)
    contents = page.get_by_role("navigation", name="On this page")
    contents.get_by_role("link", name="What it bears").press("Enter")
    expect(page.get_by_role("heading", name="What it bears")).to_be_in_viewport()
    expect(contents.locator("[aria-current]")).to_have_text("What it bears")
    turned = page.locator('[data-chart="rotation"]')
    expect(turned.get_by_role("img", name="Turned")).to_be_visible()
    turned.get_by_text("Show as table").click()
    expect(turned.get_by_role("rowheader", name="−45°")).to_be_visible()


def test_two_networks_stand_beside_each_other(new_browser: BrowserFactory) -> None:
    page = new_browser(viewport=SMALL_PHONE).new_page()
    sign_up(page)
    _open(page, "inknet")
    choice = page.get_by_label("Put beside")
    choice.select_option(label=choice.locator("option", has_text="fnn").first.inner_text())
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("inknet beside fnn")
    legend = page.locator('[data-chart="accuracy:mnist"] .chart-legend li')
    expect(legend).to_have_count(2)
    assert _fits_viewport(page)
