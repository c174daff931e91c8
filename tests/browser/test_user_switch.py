"""Another user signs in while a page is open: the page stops, and its ink stays with its user."""

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.drawing_page import (
    draw_digit,
    draw_strokes,
    expect_prediction,
    load_ink,
    recent_drawings,
    render_png,
)
from tests.browser.test_offline import UNSENT_DRAWINGS
from tests.browser.unreliable_connection import UnreliableConnection
from tests.browser.user_actions import SEVEN, sign_in, sign_out, sign_up, submit_drawing
from tests.fixtures.site_process import SiteProcess

SHOW_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
RESTORE_FROM_CACHE = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
COUNT_DRAWINGS = """async () => {
  const response = await fetch("/api/v1/drawings/?limit=100");
  return (await response.json()).results.length;
}"""


@pytest.fixture
def context(new_browser: BrowserFactory) -> BrowserContext:
    return new_browser()


@pytest.fixture
def bob(new_browser: BrowserFactory) -> str:
    return sign_up(new_browser().new_page())


@pytest.fixture
def evas_tab(context: BrowserContext) -> Page:
    """The drawing page of another user, with one stored drawing and one stroke that is not."""
    page = context.new_page()
    sign_up(page)
    draw_digit(page, 3)
    return page


def test_ink_of_the_previous_user_is_not_stored_for_the_next(evas_tab: Page, bob: str) -> None:
    other_tab = _switch_user(evas_tab, bob)
    evas_tab.evaluate(SHOW_AGAIN)

    _expect_stopped(evas_tab, f"signed in as {bob}")
    evas_tab.keyboard.press("7")
    evas_tab.keyboard.press("Escape")
    evas_tab.keyboard.press("Escape")
    evas_tab.keyboard.press("n")
    _expect_stopped(evas_tab, f"signed in as {bob}")
    assert other_tab.evaluate(COUNT_DRAWINGS) == 0
    evas_tab.get_by_role("button", name="Reload").click()
    expect(recent_drawings(evas_tab)).to_have_count(0)
    expect(evas_tab.locator(".menu-name")).to_have_text(bob)
    assert evas_tab.evaluate("sessionStorage.length") == 0


def test_unsent_ink_waits_for_its_own_user(evas_tab: Page, bob: str) -> None:
    eva = evas_tab.locator(".menu-name").inner_text()
    connection = UnreliableConnection(evas_tab)
    evas_tab.reload()
    expect(recent_drawings(evas_tab)).to_have_count(1)
    connection.cut()
    evas_tab.keyboard.press("n")
    draw_strokes(evas_tab, load_ink(7))
    other_tab = _switch_user(evas_tab, bob)
    connection.restore_immediately()
    _expect_stopped(evas_tab, f"signed in as {bob}")
    assert other_tab.evaluate(COUNT_DRAWINGS) == 0

    _sign_out_and_in(other_tab, eva)
    evas_tab.evaluate(SHOW_AGAIN)
    expect(evas_tab.locator("[data-user-dialog]")).to_be_hidden()
    expect_prediction(evas_tab, 7)
    assert other_tab.evaluate(COUNT_DRAWINGS) == 2


@pytest.mark.parametrize("path", ["/history/", "/models/"])
def test_page_stops_when_it_is_shown_again(evas_tab: Page, bob: str, path: str) -> None:
    evas_tab.goto(path)
    expect(evas_tab.locator("main")).to_be_visible()
    _switch_user(evas_tab, bob)

    evas_tab.evaluate(SHOW_AGAIN)

    _expect_stopped(evas_tab, f"signed in as {bob}")


@pytest.mark.parametrize("path", ["/", "/accounts/settings/"])
def test_page_stops_after_a_sign_out_in_another_tab(evas_tab: Page, path: str) -> None:
    evas_tab.goto(path)
    sign_out(evas_tab.context.new_page())

    evas_tab.evaluate(SHOW_AGAIN)

    _expect_stopped(evas_tab, "signed out")
    assert evas_tab.evaluate("sessionStorage.length") == 0


def test_upload_of_the_previous_user_is_refused(evas_tab: Page, bob: str) -> None:
    evas_tab.route_web_socket("**/ws/recognize/", lambda route: route.close(code=1012))
    evas_tab.reload()  # without a socket, the page does not know the next user yet
    other_tab = _switch_user(evas_tab, bob)

    picture: FilePayload = {"name": "7.png", "mimeType": "image/png", "buffer": render_png(7)}
    evas_tab.locator("[data-picture-field]").set_input_files([picture])

    _expect_stopped(evas_tab, f"signed in as {bob}")
    assert other_tab.evaluate(COUNT_DRAWINGS) == 0


def test_history_of_the_previous_user_is_refused_changes(evas_tab: Page, bob: str) -> None:
    submit_drawing(evas_tab, SEVEN)
    evas_tab.route_web_socket("**/ws/recognize/", lambda route: route.close(code=1012))
    evas_tab.goto("/history/")
    evas_tab.locator("[data-drawings] a").first.focus()
    _switch_user(evas_tab, bob)

    evas_tab.keyboard.press("Delete")

    _expect_stopped(evas_tab, f"signed in as {bob}")


@pytest.mark.parametrize("path", ["/", "/history/"])
def test_back_after_a_sign_out_shows_nothing(evas_tab: Page, path: str) -> None:
    """Playwright switches the back/forward cache off, so the event of a restored page is sent."""
    evas_tab.goto(path)
    sign_out(evas_tab.context.new_page())

    with evas_tab.expect_navigation():
        evas_tab.evaluate(RESTORE_FROM_CACHE)

    expect(evas_tab.locator("body")).to_have_attribute("data-user", "")
    expect(evas_tab.locator("[data-drawings] > li, [data-recent-list] > li")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/history/"])
def test_back_button_shows_nothing_after_a_sign_out(
    caching_chromium: Browser, live_site: SiteProcess, path: str
) -> None:
    """The real history of a browser, with its back/forward cache."""
    page = caching_chromium.new_context(base_url=live_site.base_url).new_page()
    sign_up(page)
    draw_digit(page, 3)
    page.goto("/history/")
    expect(page.locator("[data-drawings] > li")).to_have_count(1)
    page.goto(path)
    num_pages = page.evaluate("history.length")
    sign_out(page)

    for _ in range(page.evaluate("history.length") - num_pages + 2):
        page.go_back()
        expect(page.locator("body")).to_have_attribute("data-user", "")
        expect(page.locator("[data-drawings] a, [data-recent] a")).to_have_count(0)


def test_no_ink_is_stored_after_the_sign_out(evas_tab: Page) -> None:
    assert "strokes" in evas_tab.evaluate("JSON.stringify(sessionStorage)")

    sign_out(evas_tab)

    stored = evas_tab.evaluate("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])")
    assert "strokes" not in stored
    assert evas_tab.evaluate(UNSENT_DRAWINGS) == []


def _switch_user(page: Page, name: str) -> Page:
    """Sign in as another user in a second tab of the same browser."""
    tab = page.context.new_page()
    tab.on("dialog", lambda dialog: dialog.accept())  # unsent drawings are deleted from storage
    _sign_out_and_in(tab, name)
    return tab


def _sign_out_and_in(tab: Page, name: str) -> None:
    sign_out(tab)
    sign_in(tab, name)
    expect(tab.locator(".menu-name")).to_have_text(name)


def _expect_stopped(page: Page, reason: str) -> None:
    dialog = page.locator("[data-user-dialog]")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text(reason)
    expect(page.locator("main")).to_be_hidden()
