"""Moving about in the history: older drawings, back and forward, one deleted elsewhere."""

from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.user_actions import ONE, SEVEN, sign_up, submit_drawing, submit_drawings


def test_older_drawings_come_as_one_scrolls(page: Page) -> None:
    sign_up(page)
    submit_drawings(page, [ONE] * 50)
    page.goto("/history/")

    page.keyboard.press("End")

    expect(page.locator("[data-drawings] > li")).to_have_count(50)
    expect(page.locator("[data-older]")).to_have_count(0)


def test_back_and_forward_close_and_open_the_drawing(page: Page) -> None:
    sign_up(page)
    older, newer = submit_drawing(page, SEVEN), submit_drawing(page, ONE)
    page.goto("/history/")
    dialog = page.get_by_role("dialog", name="A drawing")

    page.locator(f'li[data-id="{newer}"] a').click()
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


def test_a_drawing_deleted_in_one_tab_leaves_the_others(new_browser: BrowserFactory) -> None:
    context = new_browser()
    page = context.new_page()
    sign_up(page)
    drawing_id = submit_drawing(page, SEVEN)
    in_list, alone = context.new_page(), context.new_page()
    in_list.goto("/history/")
    in_list.locator(f'li[data-id="{drawing_id}"] a').click()
    expect(_heading(in_list)).to_be_visible()
    alone.goto(f"/history/{drawing_id}/")

    page.goto(f"/history/{drawing_id}/")
    page.keyboard.press("Delete")

    expect(page).to_have_url(f"/history/?deleted={drawing_id}")
    expect(in_list.get_by_text("Nothing drawn yet")).to_be_visible()
    expect(alone).to_have_url("/history/")
    page.get_by_role("button", name="Take it back").click()
    expect(_heading(page)).to_be_visible()
    for tab in (in_list, alone):
        expect(tab.locator(f'li[data-id="{drawing_id}"]')).to_be_visible()


def test_a_lost_connection_says_so_and_catches_up(new_browser: BrowserFactory) -> None:
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
    expect(page.get_by_text("Not connected.")).to_be_visible()
    missed = submit_drawing(elsewhere, SEVEN)
    is_cut = False

    expect(page.locator(f'li[data-id="{missed}"]')).to_be_visible()
    expect(page.get_by_text("Not connected.")).to_be_hidden()


def _heading(page: Page) -> Locator:
    return page.get_by_role("heading", name="Read as")
