"""The model page in a browser: misclassified drawings, charts and comparison."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.user_actions import sign_up
from tests.fixtures.site_process import wait_until

NUM_BUNDLED_MODELS = 7
SMALL_PHONE = {"width": 360, "height": 740}
DASHES = """(lines) => lines.map((line) =>
  getComputedStyle(line.querySelector("polyline")).strokeDasharray)"""


def _open_model(page: Page, name: str) -> None:
    """Open the page of a bundled model. The background registers them after the start."""
    links = page.locator(".model-link")
    wait_until(
        lambda: _count_models(page, links) >= NUM_BUNDLED_MODELS,
        within_s=30,
        what="the bundled models are registered",
    )
    page.locator(f'.model-link[href*="/{name}@"]').click()
    expect(page.locator("h1[data-model]")).to_have_attribute("data-model", re.compile(f"^{name}@"))
    expect(page.locator("[data-panel-choice]")).to_be_visible()  # its scripts have run


def _count_models(page: Page, links: Locator) -> int:
    page.goto("/models/")
    return links.count()


def _fits_viewport(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_confusion_matrix_opens_misclassified_drawings(page: Page) -> None:
    sign_up(page)
    _open_model(page, "fnn")
    cell = page.locator('[data-panel]:visible a[href$="/4/9/"]')
    images = page.get_by_role("dialog").locator("img.seen")
    cell.click()
    expect(images.first).to_be_visible()
    assert images.first.evaluate("(image) => image.complete && image.naturalWidth") == 28
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    expect(images.first).to_be_visible()
    page.get_by_role("dialog").get_by_role("button").click()

    shown = page.locator("[data-panel]:visible")
    expect(shown).to_have_count(1)
    panel = page.locator("[data-panel]", has_not=page.get_by_role("link")).first
    panel_id = panel.get_attribute("data-panel")
    page.locator("[data-panel-choice] select").select_option(panel_id)
    expect(shown).to_have_attribute("data-panel", str(panel_id))


def test_sections_and_charts_work_on_a_small_phone(new_browser: BrowserFactory) -> None:
    page = new_browser(viewport=SMALL_PHONE).new_page()
    sign_up(page)
    _open_model(page, "inknet")
    assert _fits_viewport(page)
    contents = page.get_by_role("navigation", name="On this page")
    contents.locator('a[href="#robustness"]').press("Enter")
    expect(page.locator("#robustness")).to_be_in_viewport()
    expect(contents.locator("[aria-current]")).to_have_attribute("href", "#robustness")
    rotation = page.locator('[data-chart="rotation"]')
    expect(rotation.get_by_role("img")).to_be_visible()
    rotation.locator("summary").click()
    expect(rotation.get_by_role("rowheader", name="−45")).to_be_visible()


def test_two_models_are_compared(new_browser: BrowserFactory) -> None:
    page = new_browser(viewport=SMALL_PHONE).new_page()
    sign_up(page)
    _open_model(page, "inknet")
    choice = page.locator("select[name=with]")
    other = choice.locator('option[value^="fnn@"]').get_attribute("value")
    choice.select_option(other)
    choice.locator("xpath=ancestor::form").get_by_role("button").click()
    expect(page).to_have_url(re.compile(r"/models/inknet@\w+/compare/fnn@\w+/$"))
    chart = page.locator('[data-chart="accuracy:mnist"]')
    expect(chart.locator(".chart-legend li")).to_have_count(2)
    expect(chart.locator(".chart-last")).to_have_count(2)
    dashes = chart.locator(".chart-line.series-0, .chart-line.series-1").evaluate_all(DASHES)
    assert len(set(dashes)) == 2
    assert chart.locator(".swatch").evaluate_all(DASHES) == dashes
    assert _fits_viewport(page)
