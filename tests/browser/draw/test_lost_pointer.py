"""Pointers whose end is lost, and presses on a full canvas: the next stroke is drawn."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.drawing_page import count_dark_pixels, draw_strokes, tool_button
from tests.browser.user_actions import sign_up

FIRST, SECOND = [(0, 0), (30, 60), (60, 120)], [(80, 0), (80, 60), (80, 120)]
DISPATCH = """(canvas, [type, options]) => {
  const { left, top } = canvas.getBoundingClientRect();
  const place = { clientX: left + 60 + options.x, clientY: top + 60 + options.y };
  const event = { bubbles: true, cancelable: true, ...options, ...place };
  canvas.dispatchEvent(new PointerEvent(type, event));
}"""


@pytest.fixture
def page(new_browser: BrowserFactory) -> Page:
    return new_browser().new_page()


@pytest.mark.parametrize("pointer_type", ["pen", "touch", "mouse"])
@pytest.mark.parametrize("sign", ["move without contact", "next press", "blur"])
def test_stroke_after_a_lost_end_is_drawn(page: Page, pointer_type: str, sign: str) -> None:
    sign_up(page)
    _move(page, pointer_type, 7, "pointerdown", FIRST[0])
    _move(page, pointer_type, 7, "pointermove", FIRST[1])
    if sign == "move without contact":
        _move(page, pointer_type, 7, "pointermove", FIRST[2], buttons=0)
    if sign == "blur":
        page.evaluate("dispatchEvent(new Event('blur'))")
    _move(page, pointer_type, 8, "pointerdown", SECOND[0])
    _move(page, pointer_type, 8, "pointermove", SECOND[1])
    _move(page, pointer_type, 8, "pointerup", SECOND[2], buttons=0)

    assert _count_strokes(page) == 2


def test_line_after_a_full_canvas_is_not_lost(page: Page) -> None:
    """Press on a full canvas, release outside, clear: the next line is drawn."""
    _limit_strokes(page, 1)
    sign_up(page)
    draw_strokes(page, [FIRST])
    box = page.locator("[data-canvas]").bounding_box()
    assert box
    expect(page.locator("[data-full]")).to_be_visible()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] + 30)
    page.mouse.up()

    tool_button(page, "Clear").click()
    assert count_dark_pixels(page) == 0
    draw_strokes(page, [SECOND])

    assert count_dark_pixels(page) > 0
    assert _count_strokes(page) == 1


def _move(
    page: Page,
    pointer_type: str,
    pointer_id: int,
    event: str,
    place: tuple[float, float],
    buttons: int = 1,
) -> None:
    options: dict[str, Any] = {
        "pointerType": pointer_type,
        "pointerId": pointer_id,
        "isPrimary": True,
        "buttons": buttons,
        "pressure": 0.5,
        "x": place[0],
        "y": place[1],
    }
    page.locator("[data-canvas]").evaluate(DISPATCH, [event, options])


def _count_strokes(page: Page) -> int:
    stored = json.loads(page.evaluate("sessionStorage.getItem('sheet')"))
    return len(stored["drawing"]["strokes"])


def _limit_strokes(page: Page, limit: int) -> None:
    """Let the server allow fewer strokes, so that the canvas is full soon."""

    def connect(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def forward(message: str | bytes) -> None:
            content = json.loads(message)
            if content["type"] == "hello":
                content["limits"]["strokes"] = limit
            route.send(json.dumps(content))

        server.on_message(forward)

    page.route_web_socket("**/ws/recognize/", connect)
