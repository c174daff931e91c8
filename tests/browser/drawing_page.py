"""The drawing page: example inks drawn with the pointer, and locators of its parts."""

import io
import json
import re
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

INKS = json.loads((Path(__file__).parent.parent / "ink" / "digits.json").read_text())
DECISION_PATTERN = re.compile("^(digit|unsure|not_a_digit)$")
POINT_STEP = 3
DRAWING_FRACTION = 0.6  # size of a digit as a fraction of the sheet's side


def load_ink(digit: int) -> list[Any]:
    """Return the strokes of the first example of this digit."""
    strokes: list[Any] = next(ink["strokes"] for ink in INKS if ink["label"] == digit)
    return strokes


def draw_strokes(page: Page, strokes: list[Any]) -> None:
    """Draw strokes in the middle of the sheet with pointer events.

    Every third point is enough for all ten examples. Each costs the browser a frame.
    """
    box = page.locator("[data-canvas]").bounding_box()
    assert box
    xs, ys = ([point[axis] for stroke in strokes for point in stroke] for axis in (0, 1))
    scale = DRAWING_FRACTION * box["width"] / max(max(xs) - min(xs), max(ys) - min(ys))
    left = box["x"] + box["width"] / 2 - scale * (min(xs) + max(xs)) / 2
    top = box["y"] + box["height"] / 2 - scale * (min(ys) + max(ys)) / 2
    for stroke in strokes:
        page.mouse.move(left + scale * stroke[0][0], top + scale * stroke[0][1])
        page.mouse.down()
        for x, y, *_ in [*stroke[1:-1:POINT_STEP], stroke[-1]]:
            page.mouse.move(left + scale * x, top + scale * y)
        page.mouse.up()


def draw_digit(page: Page, digit: int) -> None:
    """Draw a digit and wait until it is recognized correctly."""
    draw_strokes(page, load_ink(digit))
    expect_prediction(page, digit)


def expect_prediction(page: Page, digit: int) -> None:
    expect(prediction_of(page)).to_have_attribute("data-state", DECISION_PATTERN)
    expect(prediction_of(page)).to_have_attribute("data-label", str(digit))


def expect_claim(page: Page, label: int | str, state: str) -> None:
    """Wait for a claim. `state` is confirmed or corrected."""
    expect(prediction_of(page)).to_have_attribute("data-state", state)
    expect(prediction_of(page)).to_have_attribute("data-label", str(label))


def prediction_of(page: Page) -> Locator:
    return page.locator("[data-prediction]")


def recent_drawings(page: Page) -> Locator:
    return page.locator("[data-recent-list] > li")


def tool_button(page: Page, name: str) -> Locator:
    return page.locator("[data-tools]").get_by_role("button", name=name, exact=True)


def count_dark_pixels(page: Page) -> int:
    """Count the cells of a 100x100 grid over the canvas that have ink."""
    count: int = page.locator("[data-canvas]").evaluate(
        """canvas => {
          const copy = Object.assign(document.createElement("canvas"), { width: 100, height: 100 });
          const context = copy.getContext("2d", { willReadFrequently: true });
          context.drawImage(canvas, 0, 0, 100, 100);
          const { data } = context.getImageData(0, 0, 100, 100);
          return data.filter((value, index) => index % 4 === 3 && value > 0).length;
        }"""
    )
    return count


def render_png(digit: int, *, side: int = 600) -> bytes:
    """Render the same ink as a PNG, dark on light like a photo of paper."""
    picture = Image.new("L", (side, side), 245)
    pen = ImageDraw.Draw(picture)
    strokes = load_ink(digit)
    xs, ys = ([point[axis] for stroke in strokes for point in stroke] for axis in (0, 1))
    scale = DRAWING_FRACTION * side / max(max(xs) - min(xs), max(ys) - min(ys))
    for stroke in strokes:
        line = [
            (side * 0.2 + scale * (x - min(xs)), side * 0.2 + scale * (y - min(ys)))
            for x, y, *_ in stroke
        ]
        pen.line(line, fill=30, width=side // 18, joint="curve")
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()
