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
def draw_page(new_browser: BrowserFactory) -> Page:
    """The drawing page of a new user."""
    page = new_browser().new_page()
    sign_up(page)
    return page


def test_shows_the_prediction_with_its_details(draw_page: Page) -> None:
    draw_digit(draw_page, 7)

    fonts = "async () => [...(await document.fonts.ready)].map((face) => face.status)"
    assert draw_page.evaluate(fonts) == ["loaded"]
    expect(draw_page.locator("[data-bars] .bar.best")).to_have_attribute("data-digit", "7")
    expect(draw_page.locator("[data-bars] .bar-value").first).to_contain_text("%")
    expect(draw_page.locator("[data-facts-model]")).not_to_have_text("–")
    expect(draw_page.locator("[data-facts-round-trip]")).to_have_text(re.compile(r"\d.* m?s$"))
    raster = draw_page.locator("[data-facts-raster]")
    expect(raster).to_be_visible()
    assert raster.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [28, 28]
    expect(draw_page.locator("[data-announcer]")).to_contain_text("7")
    prediction_of(draw_page).click()  # labels nothing, else the key would remove the label
    draw_page.keyboard.press("y")
    expect_claim(draw_page, 7, "confirmed")


def test_new_strokes_change_the_prediction_and_undo_reverts(draw_page: Page) -> None:
    draw_digit(draw_page, 1)
    draw_strokes(draw_page, [[(x, 150 + 3 * (x % 2)) for x in range(40, 260, 4)]])
    expect(recent_drawings(draw_page).locator("path")).to_have_attribute("d", re.compile("M.*M.*"))

    draw_page.keyboard.press("Control+z")
    expect_prediction(draw_page, 1)
    expect(recent_drawings(draw_page)).to_have_count(1)
    draw_page.keyboard.press("Control+Shift+Z")
    expect(recent_drawings(draw_page).locator("path")).to_have_attribute("d", re.compile("M.*M.*"))


def test_clear_can_be_undone_and_a_new_drawing_keeps_the_old(draw_page: Page) -> None:
    draw_digit(draw_page, 3)
    drawn = count_dark_pixels(draw_page)

    draw_page.keyboard.press("c")
    assert count_dark_pixels(draw_page) == 0
    tool_button(draw_page, "Undo").click()
    assert count_dark_pixels(draw_page) == drawn > 0

    tool_button(draw_page, "New drawing").click()
    assert count_dark_pixels(draw_page) == 0
    draw_digit(draw_page, 4)
    expect(recent_drawings(draw_page).locator(".strip-prediction")).to_contain_text(["4", "3"])


def test_clear_discards_a_drawing_without_a_label(draw_page: Page) -> None:
    captions = recent_drawings(draw_page).locator(".strip-prediction")
    draw_digit(draw_page, 7)
    expect(recent_drawings(draw_page)).to_have_count(1)
    draw_page.keyboard.press("c")
    expect(recent_drawings(draw_page)).to_have_count(0)
    draw_page.locator(".toast").dispatch_event("pointerenter")  # it stays, as on a fast machine
    draw_digit(draw_page, 3)
    expect(captions).to_contain_text(["3"])
    draw_page.get_by_role("button", name="Undo").last.click()
    expect(captions).to_contain_text(["3", "7"])

    draw_page.keyboard.press("3")
    draw_page.keyboard.press("c")
    draw_digit(draw_page, 1)
    expect(captions).to_contain_text(["1", "3", "7"])


def test_several_digits_are_split_and_labelled_one_by_one(draw_page: Page) -> None:
    notice = draw_page.locator("[data-several]")
    box = draw_page.locator("[data-canvas]").bounding_box()
    assert box
    page_scale = box["width"] / 1000
    for offset in (120, 620):  # two digits, half as large
        for stroke in load_ink(7):
            for index, (x, y, *_) in enumerate(stroke):
                point = (offset + x, 300 + y)
                draw_page.mouse.move(
                    box["x"] + page_scale * point[0], box["y"] + page_scale * point[1]
                )
                if index == 0:
                    draw_page.mouse.down()
            draw_page.mouse.up()
    expect(notice).to_be_visible()
    notice.get_by_role("button").click()
    expect(recent_drawings(draw_page)).to_have_count(2)
    expect_prediction(draw_page, 7)
    draw_page.keyboard.press("y")
    expect_prediction(draw_page, 7)
    draw_page.keyboard.press("2")
    kinds = recent_drawings(draw_page).locator(".strip-prediction")
    expect(kinds.first).to_have_attribute("data-kind", "corrected")
    expect(kinds.last).to_have_attribute("data-kind", "confirmed")


def test_prediction_is_corrected_and_reverted_by_key(
    draw_page: Page,
) -> None:
    draw_digit(draw_page, 2)
    draw_page.keyboard.press("5")
    expect_claim(draw_page, 5, "corrected")
    expect(recent_drawings(draw_page).locator(".strip-prediction")).to_contain_text("5")

    draw_page.keyboard.press("5")
    expect_prediction(draw_page, 2)
    draw_page.keyboard.press("x")
    expect_claim(draw_page, "not_a_digit", "corrected")
    draw_page.get_by_role("button", name="Undo").last.click()
    expect_prediction(draw_page, 2)


def test_first_stroke_after_a_confirmation_starts_a_drawing(draw_page: Page) -> None:
    draw_digit(draw_page, 6)
    draw_page.locator("[data-command=confirm]").click()
    expect_claim(draw_page, 6, "confirmed")

    draw_digit(draw_page, 0)
    expect(recent_drawings(draw_page)).to_have_count(2)
    draw_page.reload()
    expect(recent_drawings(draw_page).first.locator("path")).to_have_attribute("d", re.compile("M"))
    expect(recent_drawings(draw_page).locator(".strip-prediction")).to_contain_text(["0", "6"])
    expect(recent_drawings(draw_page).locator(".strip-prediction").nth(1)).to_have_attribute(
        "data-kind", "confirmed"
    )


def test_pasted_and_chosen_images_are_recognized(draw_page: Page) -> None:
    draw_page.evaluate(PASTE, base64.b64encode(render_png(3)).decode())
    expect(prediction_of(draw_page)).to_have_attribute("data-label", "3")
    expect(draw_page.locator("[data-sheet-picture]")).to_be_visible()

    photo = {"name": "photo.png", "mimeType": "image/png", "buffer": render_png(7, side=2400)}
    draw_page.locator("[data-picture-field]").set_input_files(photo)  # type: ignore[arg-type]
    expect(prediction_of(draw_page)).to_have_attribute("data-label", "7")
    expect(recent_drawings(draw_page)).to_have_count(2)


def test_refuses_a_file_that_is_not_an_image(draw_page: Page) -> None:
    text = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"seven"}
    draw_page.locator("[data-picture-field]").set_input_files(text)  # type: ignore[arg-type]
    expect(prediction_of(draw_page)).to_have_attribute("data-state", "failed")
    draw_digit(draw_page, 8)


def test_second_tab_shows_drawings_and_claims(draw_page: Page) -> None:
    other = draw_page.context.new_page()
    other.goto("/")
    expect(other.locator("[data-recent-empty]")).to_be_visible()

    draw_page.bring_to_front()
    draw_digit(draw_page, 9)
    expect(recent_drawings(other).locator(".strip-prediction")).to_contain_text("9")
    expect(recent_drawings(other).locator("path")).to_have_attribute("d", re.compile("^M"))
    draw_page.keyboard.press("4")
    expect(recent_drawings(other).locator(".strip-prediction")).to_have_attribute(
        "data-kind", "corrected"
    )


def test_single_key_shortcuts_can_be_turned_off(draw_page: Page) -> None:
    draw_digit(draw_page, 5)
    draw_page.keyboard.press("?")
    help_dialog = draw_page.get_by_role("dialog")
    help_dialog.locator("[data-shortcut-single-keys]").uncheck()
    draw_page.keyboard.press("Escape")
    expect(help_dialog).to_be_hidden()

    draw_page.keyboard.press("n")
    draw_page.keyboard.press("1")
    expect_prediction(draw_page, 5)
    assert count_dark_pixels(draw_page) > 0


def test_touch_draws_on_a_phone(new_browser: BrowserFactory) -> None:
    page = new_browser(
        viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True
    ).new_page()
    sign_up(page)
    _swipe(page, load_ink(1)[0])
    expect(prediction_of(page)).to_have_attribute("data-state", re.compile("digit|unsure"))
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(recent_drawings(page)).to_have_count(1)


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
