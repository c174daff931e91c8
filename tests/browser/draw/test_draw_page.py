"""The drawing page in a browser: prediction, correction, undo, uploads, a second tab."""

import base64
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.drawing_page import (
    count_dark_pixels,
    draw_digit,
    draw_strokes,
    expect_claim,
    expect_prediction,
    load_ink,
    prediction_of,
    recent_drawings,
    render_png,
    tool_button,
)
from tests.browser.user_actions import sign_up

PASTE = """async (content) => {
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "digit.png", { type: "image/png" }));
  document.body.dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def sheet(new_browser: BrowserFactory) -> Page:
    """The drawing page of a new user."""
    page = new_browser().new_page()
    sign_up(page)
    return page


def test_shows_the_prediction_with_its_details(sheet: Page) -> None:
    draw_digit(sheet, 7)

    expect(sheet.locator("[data-bars] .bar.best")).to_have_attribute("data-digit", "7")
    expect(sheet.locator("[data-bars] .bar-value").first).to_contain_text("%")
    expect(sheet.locator("[data-facts-model]")).not_to_have_text("–")
    expect(sheet.locator("[data-facts-round-trip]")).to_have_text(re.compile(r"\d.* m?s$"))
    raster = sheet.locator("[data-facts-raster]")
    expect(raster).to_be_visible()
    assert raster.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [28, 28]
    expect(sheet.locator("[data-announcer]")).to_contain_text("7")


def test_new_strokes_change_the_prediction_and_undo_reverts(sheet: Page) -> None:
    draw_digit(sheet, 1)
    draw_strokes(sheet, [[(x, 150 + 3 * (x % 2)) for x in range(40, 260, 4)]])
    expect(recent_drawings(sheet).locator("path")).to_have_attribute("d", re.compile("M.*M.*"))

    sheet.keyboard.press("Control+z")
    expect_prediction(sheet, 1)
    expect(recent_drawings(sheet)).to_have_count(1)
    sheet.keyboard.press("Control+Shift+Z")
    expect(recent_drawings(sheet).locator("path")).to_have_attribute("d", re.compile("M.*M.*"))


def test_clear_can_be_undone_and_a_new_drawing_keeps_the_old(sheet: Page) -> None:
    draw_digit(sheet, 3)
    drawn = count_dark_pixels(sheet)

    sheet.keyboard.press("c")
    assert count_dark_pixels(sheet) == 0
    tool_button(sheet, "Undo").click()
    assert count_dark_pixels(sheet) == drawn > 0

    tool_button(sheet, "New drawing").click()
    assert count_dark_pixels(sheet) == 0
    draw_digit(sheet, 4)
    expect(recent_drawings(sheet).locator(".strip-answer")).to_contain_text(["4", "3"])


def test_digit_after_a_clear_is_a_new_drawing(sheet: Page) -> None:
    draw_digit(sheet, 7)
    sheet.keyboard.press("c")
    draw_digit(sheet, 3)
    expect(recent_drawings(sheet).locator(".strip-answer")).to_contain_text(["3", "7"])


def test_prediction_is_corrected_and_reverted_by_key(
    sheet: Page,
) -> None:
    draw_digit(sheet, 2)
    sheet.keyboard.press("5")
    expect_claim(sheet, 5, "corrected")
    expect(recent_drawings(sheet).locator(".strip-answer")).to_contain_text("5")

    sheet.keyboard.press("5")
    expect_prediction(sheet, 2)
    sheet.keyboard.press("x")
    expect_claim(sheet, "not_a_digit", "corrected")
    sheet.get_by_role("button", name="Undo").last.click()
    expect_prediction(sheet, 2)


def test_first_stroke_after_a_confirmation_starts_a_drawing(sheet: Page) -> None:
    draw_digit(sheet, 6)
    sheet.locator("[data-command=confirm]").click()
    expect_claim(sheet, 6, "confirmed")

    draw_digit(sheet, 0)
    expect(recent_drawings(sheet)).to_have_count(2)
    sheet.reload()
    expect(recent_drawings(sheet).locator(".strip-answer")).to_contain_text(["0", "6"])
    expect(recent_drawings(sheet).locator(".strip-answer").nth(1)).to_have_attribute(
        "data-kind", "confirmed"
    )


def test_pasted_and_chosen_images_are_recognized(sheet: Page) -> None:
    sheet.evaluate(PASTE, base64.b64encode(render_png(3)).decode())
    expect(prediction_of(sheet)).to_have_attribute("data-label", "3")
    expect(sheet.locator("[data-sheet-picture]")).to_be_visible()

    photo = {"name": "photo.png", "mimeType": "image/png", "buffer": render_png(7, side=2400)}
    sheet.locator("[data-picture-field]").set_input_files(photo)  # type: ignore[arg-type]
    expect(prediction_of(sheet)).to_have_attribute("data-label", "7")
    expect(recent_drawings(sheet)).to_have_count(2)


def test_refuses_a_file_that_is_not_an_image(sheet: Page) -> None:
    text = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"seven"}
    sheet.locator("[data-picture-field]").set_input_files(text)  # type: ignore[arg-type]
    expect(prediction_of(sheet)).to_have_attribute("data-state", "failed")
    draw_digit(sheet, 8)


def test_second_tab_shows_drawings_and_claims(sheet: Page) -> None:
    other = sheet.context.new_page()
    other.goto("/")
    expect(other.locator("[data-recent-empty]")).to_be_visible()

    sheet.bring_to_front()
    draw_digit(sheet, 9)
    expect(recent_drawings(other).locator(".strip-answer")).to_contain_text("9")
    expect(recent_drawings(other).locator("path")).to_have_attribute("d", re.compile("^M"))
    sheet.keyboard.press("4")
    expect(recent_drawings(other).locator(".strip-answer")).to_have_attribute(
        "data-kind", "corrected"
    )


def test_single_key_shortcuts_can_be_turned_off(sheet: Page) -> None:
    draw_digit(sheet, 5)
    sheet.keyboard.press("?")
    help_dialog = sheet.get_by_role("dialog")
    help_dialog.locator("[data-single-keys]").uncheck()
    sheet.keyboard.press("Escape")
    expect(help_dialog).to_be_hidden()

    sheet.keyboard.press("n")
    sheet.keyboard.press("1")
    expect_prediction(sheet, 5)
    assert count_dark_pixels(sheet) > 0


def test_phone_layout_fits_and_touch_draws(new_browser: BrowserFactory) -> None:
    page = new_browser(
        viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True
    ).new_page()
    sign_up(page)
    _swipe(page, load_ink(1)[0])
    expect(prediction_of(page)).to_have_attribute("data-state", re.compile("digit|unsure"))
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(recent_drawings(page)).to_have_count(1)
    sheet, prediction = page.locator(".paper").bounding_box(), prediction_of(page).bounding_box()
    assert sheet
    assert prediction
    assert (prediction["width"], prediction["height"]) == (sheet["width"], sheet["height"])


def _swipe(page: Page, stroke: list[tuple[float, ...]]) -> None:
    """Send touch events of one finger to the browser."""
    box = page.locator("[data-canvas]").bounding_box()
    assert box
    session = page.context.new_cdp_session(page)
    kind = "touchStart"
    for x, y, *_ in stroke:
        point = {"x": box["x"] + x * box["width"] / 300, "y": box["y"] + y * box["height"] / 300}
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        kind = "touchMove"
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
