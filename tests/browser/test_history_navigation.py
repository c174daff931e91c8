"""Navigation in the history: older drawings, back and forward, a deletion in another tab."""

from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.user_actions import ONE, SEVEN, sign_up, submit_drawing, submit_drawings


def test_scrolling_loads_older_drawings(page: Page) -> None:
    sign_up(page)
    submit_drawings(page, [ONE] * 50)
    page.goto("/history/")

    page.keyboard.press("End")

    expect(page.locator("[data-drawings] > li")).to_have_count(50)
    expect(page.locator("[data-older]")).to_have_count(0)


def test_back_and_forward_close_and_open_the_dialog(page: Page) -> None:
    sign_up(page)
    older, newer = submit_drawing(page, SEVEN), submit_drawing(page, ONE)
    page.goto("/history/")
    dialog = page.locator("[data-drawing-dialog]")

    page.locator(f'li[data-id="{newer}"] .drawing-link').click()
    expect(page).to_have_url(f"/history/{newer}/")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(f"/history/{older}/")
    page.go_back()
    expect(dialog).to_be_hidden()
    expect(page).to_have_url("/history/")
    page.go_forward()
    expect(dialog).to_be_visible()
    expect(page).to_have_url(f"/history/{older}/")

    page.reload()
    expect(_heading(page)).to_be_visible()
    page.go_back()
    expect(page.locator("[data-drawings] > li")).to_have_count(2)


def test_drawing_deleted_in_one_tab_disappears_in_others(new_browser: BrowserFactory) -> None:
    context = new_browser()
    page = context.new_page()
    sign_up(page)
    drawing_id = submit_drawing(page, SEVEN)
    in_dialog, on_page = context.new_page(), context.new_page()
    in_dialog.goto("/history/")
    in_dialog.locator(f'li[data-id="{drawing_id}"] .drawing-link').click()
    expect(_heading(in_dialog)).to_be_visible()
    on_page.goto(f"/history/{drawing_id}/")

    page.goto(f"/history/{drawing_id}/")
    page.keyboard.press("Delete")

    expect(page).to_have_url(f"/history/?deleted={drawing_id}")
    expect(in_dialog.locator("[data-empty-state=no_drawings]")).to_be_visible()
    expect(on_page).to_have_url("/history/")
    page.locator(".deleted-line button").click()
    expect(_heading(page)).to_be_visible()
    for tab in (in_dialog, on_page):
        expect(tab.locator(f'li[data-id="{drawing_id}"]')).to_be_visible()


def test_lost_connection_is_shown_and_missed_drawings_load(new_browser: BrowserFactory) -> None:
    context = new_browser()
    page, elsewhere = context.new_page(), context.new_page()
    connections: list[WebSocketRoute] = []
    is_cut = False

    def connect(route: WebSocketRoute) -> None:
        if is_cut:
            route.close(code=1012)
        else:
            route.connect_to_server()
            connections.append(route)

    page.route_web_socket("**/ws/recognize/", connect)
    sign_up(elsewhere)
    page.goto("/history/")
    first = submit_drawing(elsewhere, ONE)
    expect(page.locator(f'li[data-id="{first}"]')).to_be_visible()

    is_cut = True
    connections.pop().close(code=1012)
    expect(page.locator("[data-connection]")).to_be_visible()
    missed = submit_drawing(elsewhere, SEVEN)
    is_cut = False

    expect(page.locator(f'li[data-id="{missed}"]')).to_be_visible()
    expect(page.locator("[data-connection]")).to_be_hidden()


def _heading(page: Page) -> Locator:
    return page.locator("[data-predicted-label]")
