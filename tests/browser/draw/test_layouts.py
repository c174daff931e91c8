"""The drawing page on phones, tablets and large screens: nothing is covered, cut or outside."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.drawing_page import draw_digit, prediction_of, recent_drawings
from tests.browser.layout_shift import MAX_LAYOUT_SHIFT, count_shifts, read_layout_shift

SMALL = {
    "small phone": (320, 568),
    "phone": (360, 640),
    "phone with the bars of its browser": (390, 664),
    "phone on its side": (844, 390),
    "laptop at 200 %": (720, 450),
    "small laptop at 200 %": (640, 360),
}
LARGE = {
    "upright tablet": (768, 1024),
    "tablet": (1024, 768),
    "small laptop": (1280, 720),
    "laptop": (1440, 900),
    "large screen": (2560, 1440),
}
ROW_HEIGHT = 64
OVERLAPS = """() => {
  const selector = "main button, [data-canvas], [data-prediction], .site-header";
  const boxes = [...document.querySelectorAll(selector)]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 1);
  const name = ({ element }) => element.outerHTML.slice(0, 90);
  const areNested = (a, b) => a.element.contains(b.element) || b.element.contains(a.element);
  const overlap = ({ box: a }, { box: b }) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  return boxes.flatMap((one, index) => boxes.slice(index + 1)
    .filter((other) => overlap(one, other) && !areNested(one, other))
    .map((other) => [name(one), name(other)]));
}"""
CLIPPED = """() => [...document.querySelectorAll("main button, [data-prediction]")]
  .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 120))"""


def box_of(page: Page, selector: str) -> dict[str, Any]:
    box = page.locator(selector).bounding_box()
    assert box, selector
    return dict(box)


def check_fit(page: Page, name: str) -> None:
    """Check that no part is covered, cut, or outside of the page."""
    assert page.evaluate(OVERLAPS) == [], name
    assert page.evaluate(CLIPPED) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


@pytest.fixture
def drawn_page(page: Page) -> Page:
    page.goto("/")
    draw_digit(page, 7)
    return page


def test_fits_small_screens_with_one_row_for_the_prediction(drawn_page: Page) -> None:
    page = drawn_page
    no, choices = page.locator("[data-choices-toggle]"), page.locator("[data-choices]")
    for name, (width, height) in SMALL.items():
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("scrollTo(0, 0)")
        expect(choices).to_be_hidden()
        expect(page.locator("[data-bars]")).to_be_hidden()
        check_fit(page, name)
        canvas, row = box_of(page, "[data-canvas]"), box_of(page, "[data-prediction]")
        yes = box_of(page, "[data-command=confirm]")
        assert row["height"] == pytest.approx(ROW_HEIGHT, abs=1), name
        assert yes["height"] >= 44, name
        assert row["y"] + row["height"] <= height, f"{name}: the row is below the screen"
        if width < height:
            assert canvas["width"] >= width - 20, name

        no.click()
        expect(choices.get_by_role("button")).to_have_count(11)
        check_fit(page, f"{name}, labels")
        opened = box_of(page, "[data-choices]")
        assert opened["y"] + opened["height"] <= height, f"{name}: labels below the screen"
        no.click()
    page.locator("[data-details-toggle]").click()
    expect(page.locator("[data-bars]")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    check_fit(page, "details")
    expect(prediction_of(page).get_by_role("link", name="Why?")).to_be_visible()


def test_fits_large_screens_with_a_large_canvas(drawn_page: Page) -> None:
    page = drawn_page
    for name, (width, height) in LARGE.items():
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("scrollTo(0, 0)")
        check_fit(page, name)
        share = box_of(page, "[data-canvas]")["height"] / height
        if width >= 1280:
            assert 0.65 <= share <= 0.72, name
            expect(page.locator("[data-choices]")).to_be_visible()
            expect(page.locator("[data-bars]")).to_be_visible()


def test_nothing_moves_while_the_page_loads_and_a_digit_is_drawn(page: Page) -> None:
    count_shifts(page)
    sizes = {"phone": (390, 844), "laptop": (1440, 900)}
    for number, (name, (width, height)) in enumerate(sizes.items()):
        page.set_viewport_size({"width": width, "height": height})
        page.goto("/")
        page.keyboard.press("n")
        draw_digit(page, 7)
        expect(recent_drawings(page)).to_have_count(number + 1)
        assert read_layout_shift(page, with_input=True) < MAX_LAYOUT_SHIFT, name
