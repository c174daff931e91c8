"""A visitor plays the challenge without an account."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.drawing_page import draw_strokes, load_ink


def _current_digit(page: Page) -> int:
    found = re.search(r"\d", page.locator("[data-prompt]").inner_text())
    assert found
    return int(found[0])


def _finished_marks(page: Page) -> int:
    return page.locator("[data-marks] > :is([data-state=recognized], [data-state=misread])").count()


def test_a_visitor_plays_by_keyboard_and_button_on_a_phone(new_browser: BrowserFactory) -> None:
    context = new_browser(viewport={"width": 320, "height": 640}, color_scheme="dark")
    page = context.new_page()
    page.goto("/challenge/")
    page.locator("[data-start]").click()
    marks = page.locator("[data-marks] > li")
    expect(marks).to_have_count(10)
    done = page.locator("[data-command=confirm]")
    expect(done).to_be_disabled()
    assert page.evaluate("document.documentElement.scrollWidth") == 320

    for position in range(9):
        expect(marks.nth(position)).to_have_attribute("data-state", "current")
        draw_strokes(page, load_ink(_current_digit(page)))
        if position % 2:
            done.click()
        else:
            page.keyboard.press("n")
        if position == 4:  # the challenge continues after a reload
            expect(marks.nth(5)).to_have_attribute("data-state", "current")
            page.reload()
    expect(marks.nth(9)).to_have_attribute("data-state", "current")
    recognized = page.locator("[data-marks] > [data-state=recognized]").count()
    assert recognized >= 8
    assert _finished_marks(page) == 9
    page.keyboard.press("s")

    page.wait_for_url(re.compile(r"/challenge/[0-9a-f-]{36}/"))
    result = page.locator("[data-result]")
    expect(result).to_have_attribute("data-result", str(recognized))
    expect(page.locator("[data-is-best]")).to_be_visible()
    expect(page.locator("[data-state=skipped]")).to_have_count(1)
    page.get_by_role("link", name="Show drawing").first.click()
    expect(page.locator("main")).to_be_visible()
    assert "/history/" in page.url
