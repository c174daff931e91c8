"""The history in a browser: live updates, shortcuts, replay, two tabs."""

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.user_actions import ONE, SEVEN, sign_up, submit_drawing


def test_new_drawings_and_labels_appear_in_both_tabs(
    new_browser: BrowserFactory,
) -> None:
    context = new_browser()
    page, other = _open_two_histories(context)
    expect(page.locator("[data-empty-state=no_drawings]")).to_be_visible()

    first, second = submit_drawing(other, SEVEN), submit_drawing(other, ONE)

    for tab in (page, other):
        expect(_drawings(tab)).to_have_count(2)
        expect(_drawings(tab).first).to_have_attribute("data-id", second)
        expect(tab.locator("[data-statistics] dd").first).to_have_text("2")

    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(_drawing(page, first).locator(".drawing-link")).to_be_focused()
    page.keyboard.press("4")
    for tab in (page, other):
        expect(_drawing(tab, first).locator(".drawing-claim")).to_have_text("4")
    expect(_drawing(page, first).locator(".drawing-link")).to_be_focused()

    page.keyboard.press("Delete")
    for tab in (page, other):
        expect(_drawing(tab, first)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    for tab in (page, other):
        expect(_drawings(tab).nth(1)).to_have_attribute("data-id", first)
        expect(_drawing(tab, first).locator(".drawing-claim")).to_have_text("4")


def test_drawing_opens_in_a_dialog_and_replays(
    new_browser: BrowserFactory,
) -> None:
    page = new_browser().new_page()
    sign_up(page)
    submit_drawing(page, SEVEN)
    page.goto("/history/")

    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    dialog = page.locator("[data-drawing-dialog]")
    expect(dialog).to_be_visible()
    assert page.url.rstrip("/").count("/") == 4

    ink = dialog.locator("[data-replay] path:last-child")
    whole = ink.get_attribute("d") or ""
    page.keyboard.press("Space")
    expect(dialog.get_by_role("button", name="Pause")).to_be_visible()
    expect(dialog.get_by_role("button", name="Play")).to_be_visible()
    expect(ink).to_have_attribute("d", whole)
    dialog.locator("[data-scrub]").fill("500")
    assert 0 < len(ink.get_attribute("d") or "") < len(whole)

    dialog.get_by_role("button", name="3", exact=True).click()
    expect(dialog.locator("h1")).to_have_attribute("data-claimed-label", "3")
    expect(dialog.locator("[data-claims] li")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page).to_have_url("/history/")
    expect(_drawings(page).first.locator(".drawing-claim")).to_have_text("3")


def test_works_without_javascript(new_browser: BrowserFactory) -> None:
    context = new_browser()
    with_scripts = context.new_page()
    sign_up(with_scripts)
    submit_drawing(with_scripts, SEVEN)
    page = new_browser(java_script_enabled=False, storage_state=context.storage_state()).new_page()

    page.goto("/history/")
    _drawings(page).locator(".drawing-link").click()
    page.get_by_role("button", name="4", exact=True).click()
    expect(page.locator("h1")).to_have_attribute("data-claimed-label", "4")
    page.goto("/history/?wrong=true")
    expect(_drawings(page)).to_have_count(1)
    page.locator("[data-filter=wrong]").click()
    expect(page).to_have_url("/history/")

    _drawings(page).locator(".drawing-link").click()
    page.locator("[data-delete] button").click()
    expect(page.locator("[data-empty-state=no_drawings]")).to_be_visible()
    page.locator(".deleted-line button").click()
    expect(page.locator("h1")).to_have_attribute("data-claimed-label", "4")


def _open_two_histories(context: BrowserContext) -> tuple[Page, Page]:
    page = context.new_page()
    sign_up(page)
    other = context.new_page()
    for tab in (page, other):
        tab.goto("/history/")
    return page, other


def _drawings(page: Page) -> Locator:
    return page.locator("[data-drawings] > li")


def _drawing(page: Page, drawing_id: str) -> Locator:
    return page.locator(f'[data-drawings] > li[data-id="{drawing_id}"]')
