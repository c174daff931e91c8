"""Drawings without a network wait in the browser, and are stored once, for their own user."""

import json
import re

import pytest
from playwright.sync_api import BrowserContext, Page, Route, WebSocket, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.drawing_page import (
    count_dark_pixels,
    draw_digit,
    draw_strokes,
    expect_prediction,
    load_ink,
    recent_drawings,
)
from tests.browser.unreliable_connection import UnreliableConnection
from tests.browser.user_actions import sign_in, sign_out, sign_up

UNSENT_DRAWINGS = """async () => {
  const { listDrawings } = await import("/static/js/offline/drawing_database.js");
  return listDrawings();
}"""
STORES_NUM_DRAWINGS = f"async (count) => (await ({UNSENT_DRAWINGS})()).length === count"


@pytest.fixture
def context(new_browser: BrowserFactory) -> BrowserContext:
    return new_browser()


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def eva(tab: Page) -> str:
    """A user with two drawings in this tab that wait for the network. Returns the username."""
    connection = UnreliableConnection(tab)
    name = sign_up(tab)
    expect(tab.locator("[data-recent-empty]")).to_be_visible()
    connection.cut()
    draw_strokes(tab, load_ink(1))
    tab.keyboard.press("n")
    draw_strokes(tab, load_ink(7))
    expect_num_waiting(tab, 2)
    tab.wait_for_function(STORES_NUM_DRAWINGS, arg=2)
    return name


def test_ink_of_a_visitor_survives_a_reload_before_it_is_sent(tab: Page) -> None:
    guests = "**/api/v1/guests/"
    tab.route(guests, lambda route: route.abort("internetdisconnected"))
    tab.goto("/")
    draw_strokes(tab, load_ink(4))
    expect_num_waiting(tab, 1)
    drawn = count_dark_pixels(tab)

    tab.reload()

    expect_num_waiting(tab, 1)
    assert count_dark_pixels(tab) == drawn > 0
    tab.unroute(guests)
    tab.locator("[data-connection-again]").dispatch_event("click")
    expect_prediction(tab, 4)
    expect(recent_drawings(tab)).to_have_count(1)


@pytest.mark.usefixtures("eva")
def test_drawings_of_a_closed_tab_are_sent_once_by_another(
    tab: Page, context: BrowserContext
) -> None:
    others = [context.new_page(), context.new_page()]
    refs: list[str] = []
    for other in others:
        record_sent_refs(other, refs)
        other.goto("/")
        expect(other.locator("[data-recent-empty]")).to_be_visible()
    assert refs == []

    tab.close()

    captions = recent_drawings(others[0]).locator(".strip-prediction")
    expect(captions).to_contain_text([re.compile("[17]")] * 2)
    others[0].wait_for_function(STORES_NUM_DRAWINGS, arg=0)
    assert len(refs) == len(set(refs)) == 2


def test_drawings_wait_for_their_own_user(tab: Page, context: BrowserContext, eva: str) -> None:
    tab.close()
    context.clear_cookies()
    page = context.new_page()
    refs: list[str] = []
    record_sent_refs(page, refs)
    sign_up(page)
    expect(page.locator("[data-recent-empty]")).to_be_visible()
    draw_digit(page, 3)
    assert len(set(refs)) == 1

    context.clear_cookies()
    sign_in(page, eva)

    expect(recent_drawings(page)).to_have_count(2)
    page.wait_for_function(STORES_NUM_DRAWINGS, arg=0)
    assert len(set(refs)) == 3


@pytest.mark.usefixtures("eva")
def test_a_sign_out_asks_before_it_deletes_drawings(tab: Page, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/accounts/logout/")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_function(STORES_NUM_DRAWINGS, arg=2)

    page.once("dialog", lambda dialog: dialog.accept())
    sign_out(page)

    page.wait_for_function(STORES_NUM_DRAWINGS, arg=0)


def test_no_list_is_called_empty_before_it_is_loaded(tab: Page) -> None:
    sign_up(tab)
    draw_digit(tab, 5)
    held: list[Route] = []
    tab.route("**/api/v1/drawings/?limit=*", lambda route: held.append(route))
    with tab.expect_request("**/api/v1/drawings/?limit=*"):
        tab.reload()

    expect(tab.locator("[data-recent-loading]")).to_be_visible()
    expect(tab.locator("[data-recent-empty]")).to_be_hidden()
    for route in held:
        route.continue_()
    expect(recent_drawings(tab)).to_have_count(1)
    expect(tab.locator("[data-recent-loading]")).to_be_hidden()


def record_sent_refs(page: Page, refs: list[str]) -> None:
    """Append the ref of each drawing that the page sends over its socket."""

    def record(frame: str | bytes) -> None:
        message = json.loads(frame)
        if message["type"] == "draw":
            refs.append(message["ref"])

    def watch(socket: WebSocket) -> None:
        socket.on("framesent", record)

    page.on("websocket", watch)


def expect_num_waiting(page: Page, count: int) -> None:
    banner = page.locator("[data-connection]")
    expect(banner).to_be_visible()
    expect(banner).to_have_attribute("data-waiting", str(count))
