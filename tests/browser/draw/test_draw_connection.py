"""Drawing with an unreliable connection: ink is kept, sent again and recognized once."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.drawing_page import (
    count_dark_pixels,
    draw_digit,
    draw_strokes,
    expect_prediction,
    load_ink,
    prediction_of,
    recent_drawings,
)
from tests.browser.unreliable_connection import UnreliableConnection
from tests.browser.user_actions import sign_up


@pytest.fixture
def page(new_browser: BrowserFactory) -> Page:
    return new_browser().new_page()


@pytest.fixture
def connection(page: Page) -> UnreliableConnection:
    """The connection of a new user with an empty canvas."""
    connection = UnreliableConnection(page)
    sign_up(page)
    expect(page.locator("[data-recent-empty]")).to_be_visible()
    return connection


def test_offline_ink_is_recognized_after_reconnecting(
    page: Page, connection: UnreliableConnection
) -> None:
    draw_digit(page, 3)
    connection.cut()
    page.keyboard.press("n")
    draw_strokes(page, load_ink(7))
    expect(prediction_of(page)).to_have_attribute("data-state", "waiting")

    connection.restore()
    expect_prediction(page, 7)
    expect(page.locator("[data-connection]")).to_be_hidden()
    expect(recent_drawings(page).locator(".strip-prediction")).to_contain_text(["7", "3"])
    assert connection.opened == 2


def test_offline_ink_survives_a_reload(page: Page, connection: UnreliableConnection) -> None:
    connection.cut()
    draw_strokes(page, load_ink(4))
    drawn = count_dark_pixels(page)
    page.reload()
    assert count_dark_pixels(page) == drawn > 0
    connection.restore()
    expect_prediction(page, 4)
    expect(recent_drawings(page)).to_have_count(1)


def test_all_offline_drawings_are_recognized(page: Page, connection: UnreliableConnection) -> None:
    connection.cut()
    for digit in (1, 2):
        draw_strokes(page, load_ink(digit))
        page.keyboard.press("n")
    draw_strokes(page, load_ink(3))

    connection.restore_immediately()
    expect_prediction(page, 3)
    expect(recent_drawings(page).locator(".strip-prediction")).to_contain_text(
        [re.compile(r"[123]")] * 3
    )


def test_changes_of_another_tab_are_loaded_later(
    page: Page, connection: UnreliableConnection
) -> None:
    draw_digit(page, 6)
    connection.cut()
    other = page.context.new_page()
    other.goto("/")
    draw_digit(other, 9)
    other.keyboard.press("9")
    expect(recent_drawings(other).locator(".strip-prediction").first).to_have_attribute(
        "data-kind", "confirmed"
    )
    expect(recent_drawings(page)).to_have_count(1)

    page.bring_to_front()
    connection.restore_immediately()
    expect(recent_drawings(page)).to_have_count(2)
    expect(recent_drawings(page).locator(".strip-prediction").first).to_have_attribute(
        "data-kind", "confirmed"
    )


def test_offline_claim_is_sent_later(page: Page, connection: UnreliableConnection) -> None:
    draw_digit(page, 8)
    connection.cut()
    page.keyboard.press("y")
    expect(prediction_of(page)).to_have_attribute("data-state", "confirmed")
    caption = recent_drawings(page).locator(".strip-prediction")
    expect(caption).to_have_attribute("data-kind", "digit")
    connection.restore_immediately()
    expect(recent_drawings(page).locator(".strip-prediction")).to_have_attribute(
        "data-kind", "confirmed"
    )
