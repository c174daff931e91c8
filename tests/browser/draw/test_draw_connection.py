"""Drawing while the connection comes and goes: ink is kept, said again, and answered once."""

import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.drawing_page import (
    count_dark_pixels,
    draw_digit,
    draw_strokes,
    latest_drawing,
    load_ink,
    predicted_label,
)
from tests.browser.drawing_page import prediction_title as title_of
from tests.browser.user_actions import sign_up


class UnreliableConnection:
    """The connection between a page and the site, with a switch in it."""

    def __init__(self, page: Page) -> None:
        self.is_on = True
        self.opened = 0
        self._page = page
        self._routes: list[WebSocketRoute] = []
        page.route_web_socket("**/ws/recognize/", self._connect)

    def _connect(self, route: WebSocketRoute) -> None:
        if not self.is_on:
            route.close(code=1012)
            return
        self.opened += 1
        route.connect_to_server()
        self._routes.append(route)

    def cut(self) -> None:
        self.is_on = False
        while self._routes:
            self._routes.pop().close(code=1012)
        expect(self._page.get_by_text("Not connected. Your drawing is kept")).to_be_visible()

    def restore(self) -> None:
        self.is_on = True

    def restore_immediately(self) -> None:
        """As "Try now" does; the page may have come back by itself in the same instant."""
        self.restore()
        self._page.locator("[data-connection-again]").dispatch_event("click")


@pytest.fixture
def page(new_browser: BrowserFactory) -> Page:
    return new_browser().new_page()


@pytest.fixture
def connection(page: Page) -> UnreliableConnection:
    """Somebody new before an empty sheet, connected."""
    connection = UnreliableConnection(page)
    sign_up(page)
    expect(page.get_by_text("Everything you draw appears here")).to_be_visible()
    return connection


def test_ink_drawn_without_a_connection_is_read_when_it_is_back(
    page: Page, connection: UnreliableConnection
) -> None:
    draw_digit(page, 3)
    connection.cut()
    page.keyboard.press("n")
    draw_strokes(page, load_ink(7))
    expect(predicted_label(page)).to_contain_text("when you are connected again")

    connection.restore()
    expect(title_of(page)).to_have_text("A 7")
    expect(page.get_by_text("Not connected")).to_be_hidden()
    expect(latest_drawing(page).locator(".strip-answer")).to_contain_text(["7", "3"])
    assert connection.opened == 2


def test_ink_survives_a_reload_without_a_connection(
    page: Page, connection: UnreliableConnection
) -> None:
    connection.cut()
    draw_strokes(page, load_ink(4))
    drawn = count_dark_pixels(page)
    page.reload()
    assert count_dark_pixels(page) == drawn > 0
    connection.restore()
    expect(title_of(page)).to_have_text("A 4")
    expect(latest_drawing(page)).to_have_count(1)


def test_drawings_left_behind_without_a_connection_are_all_read(
    page: Page, connection: UnreliableConnection
) -> None:
    connection.cut()
    for digit in (1, 2):
        draw_strokes(page, load_ink(digit))
        page.keyboard.press("n")
    draw_strokes(page, load_ink(3))

    connection.restore_immediately()
    expect(title_of(page)).to_have_text("A 3")
    expect(latest_drawing(page).locator(".strip-answer")).to_contain_text(
        [re.compile(r"[123]")] * 3
    )


def test_what_another_tab_did_meanwhile_is_caught_up_with(
    page: Page, connection: UnreliableConnection
) -> None:
    draw_digit(page, 6)
    connection.cut()
    other = page.context.new_page()
    other.goto("/")
    draw_digit(other, 9)
    other.keyboard.press("9")
    expect(latest_drawing(other).locator(".strip-answer").first).to_have_attribute(
        "data-kind", "confirmed"
    )
    expect(latest_drawing(page)).to_have_count(1)

    page.bring_to_front()
    connection.restore_immediately()
    expect(latest_drawing(page)).to_have_count(2)
    expect(latest_drawing(page).locator(".strip-answer").first).to_have_attribute(
        "data-kind", "confirmed"
    )


def test_a_label_said_without_a_connection_arrives_later(
    page: Page, connection: UnreliableConnection
) -> None:
    draw_digit(page, 8)
    connection.cut()
    page.keyboard.press("y")
    expect(predicted_label(page)).to_have_attribute("data-state", "confirmed")
    expect(latest_drawing(page).locator(".strip-answer")).to_have_attribute("data-kind", "digit")
    connection.restore_immediately()
    expect(latest_drawing(page).locator(".strip-answer")).to_have_attribute(
        "data-kind", "confirmed"
    )
