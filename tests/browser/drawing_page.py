"""The drawing page as a hand uses it: our own example inks, drawn with the pointer."""

import io
import json
import re
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

INKS = json.loads((Path(__file__).parent.parent / "ink" / "digits.json").read_text())
DECISION_PATTERN = re.compile("^(digit|unsure|not_a_digit)$")
DRAWING_FRACTION = 0.6  # of the sheet's side that a digit takes


def load_ink(digit: int) -> list[Any]:
    """The strokes of our first example of this digit."""
    strokes: list[Any] = next(ink["strokes"] for ink in INKS if ink["label"] == digit)
    return strokes


def draw_strokes(page: Page, strokes: list[Any]) -> None:
    """In the middle of the sheet, pointer event by pointer event."""
    box = page.locator("[data-canvas]").bounding_box()
    assert box
    xs, ys = ([point[axis] for stroke in strokes for point in stroke] for axis in (0, 1))
    scale = DRAWING_FRACTION * box["width"] / max(max(xs) - min(xs), max(ys) - min(ys))
    left = box["x"] + box["width"] / 2 - scale * (min(xs) + max(xs)) / 2
    top = box["y"] + box["height"] / 2 - scale * (min(ys) + max(ys)) / 2
    for stroke in strokes:
        page.mouse.move(left + scale * stroke[0][0], top + scale * stroke[0][1])
        page.mouse.down()
        for x, y, *_ in stroke[1:]:
            page.mouse.move(left + scale * x, top + scale * y)
        page.mouse.up()


def draw_digit(page: Page, digit: int) -> None:
    """Drawn, answered and answered right."""
    draw_strokes(page, load_ink(digit))
    expect(predicted_label(page)).to_have_attribute("data-state", DECISION_PATTERN)
    expect(prediction_title(page)).to_have_text(re.compile(rf"An? {digit}$"))


def predicted_label(page: Page) -> Locator:
    return page.locator("[data-prediction]")


def prediction_title(page: Page) -> Locator:
    return page.locator("[data-prediction-title]")


def latest_drawing(page: Page) -> Locator:
    return page.locator("[data-recent-list] > li")


def tool_button(page: Page, name: str) -> Locator:
    return page.locator("[data-tools]").get_by_role("button", name=name, exact=True)


def count_dark_pixels(page: Page) -> int:
    """How many of a hundred by a hundred parts of the canvas have ink."""
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
    """The same ink as a PNG, as a photo of paper would show it: dark on light."""
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
