"""Drawing in a real browser: the answer, putting it right, undo, pictures, a second tab."""

import base64
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.drawing_page import (
    count_dark_pixels,
    draw_digit,
    draw_strokes,
    latest_drawing,
    load_ink,
    predicted_label,
    prediction_title,
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
    """Somebody new before an empty sheet."""
    page = new_browser().new_page()
    sign_up(page)
    return page


def test_a_drawing_is_answered_with_everything_known_about_the_answer(sheet: Page) -> None:
    draw_digit(sheet, 7)

    expect(sheet.locator("[data-bars] .bar.best")).to_have_attribute("data-digit", "7")
    expect(sheet.locator("[data-bars] .bar-value").first).to_contain_text("%")
    expect(sheet.locator("[data-facts-model]")).not_to_have_text("–")
    expect(sheet.locator("[data-facts-round-trip]")).to_have_text(re.compile(r"\d.* m?s$"))
    raster = sheet.locator("[data-facts-raster]")
    expect(raster).to_be_visible()
    assert raster.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [28, 28]
    expect(sheet.locator("[data-announcer]")).to_contain_text("A 7")


def test_strokes_added_revise_the_answer_and_undo_brings_back_the_one_before(sheet: Page) -> None:
    draw_digit(sheet, 1)
    draw_strokes(sheet, [[(x, 150 + 3 * (x % 2)) for x in range(40, 260, 4)]])
    expect(latest_drawing(sheet).locator("path")).to_have_attribute("d", re.compile("M.*M.*"))

    sheet.keyboard.press("Control+z")
    expect(prediction_title(sheet)).to_have_text("A 1")
    expect(latest_drawing(sheet)).to_have_count(1)
    sheet.keyboard.press("Control+Shift+Z")
    expect(latest_drawing(sheet).locator("path")).to_have_attribute("d", re.compile("M.*M.*"))


def test_clear_can_be_undone_and_a_new_drawing_keeps_the_old_one(sheet: Page) -> None:
    draw_digit(sheet, 3)
    drawn = count_dark_pixels(sheet)

    sheet.keyboard.press("c")
    assert count_dark_pixels(sheet) == 0
    tool_button(sheet, "Undo").click()
    assert count_dark_pixels(sheet) == drawn > 0

    tool_button(sheet, "New drawing").click()
    assert count_dark_pixels(sheet) == 0
    draw_digit(sheet, 4)
    expect(latest_drawing(sheet).locator(".strip-answer")).to_contain_text(["4", "3"])


def test_a_digit_drawn_after_a_clear_leaves_the_one_before_in_the_list(sheet: Page) -> None:
    draw_digit(sheet, 7)
    sheet.keyboard.press("c")
    draw_digit(sheet, 3)
    expect(latest_drawing(sheet).locator(".strip-answer")).to_contain_text(["3", "7"])


def test_a_wrong_answer_is_put_right_by_one_key_and_that_is_taken_back_by_another(
    sheet: Page,
) -> None:
    draw_digit(sheet, 2)
    sheet.keyboard.press("5")
    expect(predicted_label(sheet)).to_have_attribute("data-state", "corrected")
    expect(prediction_title(sheet)).to_have_text("You said: a 5")
    expect(latest_drawing(sheet).locator(".strip-answer")).to_contain_text("5")

    sheet.keyboard.press("5")
    expect(prediction_title(sheet)).to_have_text("A 2")
    sheet.keyboard.press("x")
    expect(prediction_title(sheet)).to_have_text("You said: not a digit")
    sheet.get_by_role("button", name="Undo").last.click()
    expect(prediction_title(sheet)).to_have_text("A 2")


def test_the_first_stroke_after_a_yes_starts_the_next_drawing(sheet: Page) -> None:
    draw_digit(sheet, 6)
    sheet.get_by_role("button", name="Yes").click()
    expect(predicted_label(sheet)).to_have_attribute("data-state", "confirmed")

    draw_digit(sheet, 0)
    expect(latest_drawing(sheet)).to_have_count(2)
    sheet.reload()
    expect(latest_drawing(sheet).locator(".strip-answer")).to_contain_text(["0", "6"])
    expect(latest_drawing(sheet).locator(".strip-answer").nth(1)).to_have_attribute(
        "data-kind", "confirmed"
    )


def test_a_pasted_picture_and_a_chosen_one_are_read(sheet: Page) -> None:
    sheet.evaluate(PASTE, base64.b64encode(render_png(3)).decode())
    expect(prediction_title(sheet)).to_have_text(re.compile("3"))
    expect(sheet.get_by_alt_text("The picture you uploaded")).to_be_visible()

    photo = {"name": "photo.png", "mimeType": "image/png", "buffer": render_png(7, side=2400)}
    sheet.locator("[data-picture-field]").set_input_files(photo)  # type: ignore[arg-type]
    expect(prediction_title(sheet)).to_have_text(re.compile("7"))
    expect(latest_drawing(sheet)).to_have_count(2)


def test_a_file_that_is_no_picture_is_refused_in_plain_words(sheet: Page) -> None:
    text = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"seven"}
    sheet.locator("[data-picture-field]").set_input_files(text)  # type: ignore[arg-type]
    expect(predicted_label(sheet)).to_contain_text("not a supported image")
    draw_digit(sheet, 8)


def test_a_second_tab_follows_drawings_and_labels(sheet: Page) -> None:
    other = sheet.context.new_page()
    other.goto("/")
    expect(other.get_by_text("Everything you draw appears here")).to_be_visible()

    sheet.bring_to_front()
    draw_digit(sheet, 9)
    expect(latest_drawing(other).locator(".strip-answer")).to_contain_text("9")
    expect(latest_drawing(other).locator("path")).to_have_attribute("d", re.compile("^M"))
    sheet.keyboard.press("4")
    expect(latest_drawing(other).locator(".strip-answer")).to_have_attribute(
        "data-kind", "corrected"
    )


def test_every_key_is_listed_and_single_keys_can_be_switched_off(sheet: Page) -> None:
    draw_digit(sheet, 5)
    sheet.keyboard.press("?")
    keys = sheet.get_by_role("dialog", name="Keys")
    keys.get_by_label("Single keys work without Ctrl").uncheck()
    sheet.keyboard.press("Escape")
    expect(keys).to_be_hidden()

    sheet.keyboard.press("n")
    sheet.keyboard.press("1")
    expect(prediction_title(sheet)).to_have_text("A 5")
    assert count_dark_pixels(sheet) > 0


def test_on_a_phone_everything_fits_and_a_finger_draws(new_browser: BrowserFactory) -> None:
    page = new_browser(
        viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True
    ).new_page()
    sign_up(page)
    _swipe(page, load_ink(1)[0])
    expect(predicted_label(page)).to_have_attribute("data-state", re.compile("digit|unsure"))
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(latest_drawing(page)).to_have_count(1)
    drawn, read = page.locator(".paper").bounding_box(), predicted_label(page).bounding_box()
    assert drawn
    assert read
    assert (read["width"], read["height"]) == (drawn["width"], drawn["height"])


def _swipe(page: Page, stroke: list[tuple[float, ...]]) -> None:
    """One finger, as the browser itself would be told by a touch screen."""
    box = page.locator("[data-canvas]").bounding_box()
    assert box
    session = page.context.new_cdp_session(page)
    kind = "touchStart"
    for x, y, *_ in stroke:
        point = {"x": box["x"] + x * box["width"] / 300, "y": box["y"] + y * box["height"] / 300}
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        kind = "touchMove"
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
