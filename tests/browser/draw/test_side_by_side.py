"""All models side by side on the drawing page, switched on by an admin and drawn for by hand."""

import json
import os
import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.drawing_page import draw_digit, draw_strokes, load_ink, predicted_label
from tests.browser.user_actions import sign_up
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import SiteProcess, wait_until

SELECTED_MODELS = ("fnn", "mlp", "sequential8")
SCRIBBLE = [
    [(x, 150 + 3 * (x % 2)) for x in range(40, 260, 4)],
    [(150, y) for y in range(20, 200, 5)],
    [(40 + 4 * i, 40 + 3 * (i % 9)) for i in range(60)],
]
# The first question loads them, by a process that gives way to all others.
LOAD_TIMEOUT_MS = deadline(20_000)


@pytest.fixture(scope="module", autouse=True)
def selected_models(chromium: Browser, live_site: SiteProcess) -> Iterator[None]:
    """Three models, chosen on the page of models; none for the tests that come after."""
    context = chromium.new_context(base_url=live_site.base_url)
    page = context.new_page()
    _sign_in_as_admin(page, live_site)
    page.goto("/")
    page.get_by_role("link", name="choose some").click()
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    wait_until(lambda: _shows_panel(page), within_s=30, what="all that comes with it is registered")
    _select_models(page, *SELECTED_MODELS)
    expect(page.get_by_text("3 other models answer beside the first one")).to_be_visible()
    yield
    _select_models(page)
    expect(page.get_by_text("The drawing page shows one answer only.")).to_be_visible()
    context.close()


@pytest.fixture
def sheet(new_browser: BrowserFactory) -> Page:
    """Somebody new before an empty sheet."""
    page = new_browser().new_page()
    sign_up(page)
    return page


def test_all_models_read_what_one_draws_and_the_switch_is_remembered(sheet: Page) -> None:
    switch = sheet.get_by_role("switch", name="All models read it too")
    expect(_rows(sheet).first).to_be_hidden()
    switch.focus()
    sheet.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(_rows(sheet).locator(".beside-link")).to_have_text(["inknet", *SELECTED_MODELS])

    draw_digit(sheet, 7)
    expect(_note(sheet)).to_have_text("All 3 agree.", timeout=LOAD_TIMEOUT_MS)
    expect(sheet.locator("[data-side-by-side-announcer]")).to_have_text("All 3 agree.")
    expect(_rows(sheet).locator(".beside-word")).to_have_text(["champion", *["agrees"] * 3])
    expect(_rows(sheet).locator(".beside-says")).to_have_text(["7"] * 4)
    expect(_rows(sheet).last.locator(".beside-share")).to_have_text([re.compile(r"\d\s%$")] * 3)

    sheet.reload()
    expect(_note(sheet)).to_have_text("All 3 agree.")
    sheet.get_by_role("link", name="mlp").click()
    expect(sheet).to_have_url(re.compile(r"/models/mlp@[0-9a-f]{12}/$"))


def test_who_differs_is_marked_by_more_than_colour_and_no_row_moves(sheet: Page) -> None:
    sheet.get_by_role("switch").click()
    boxes = [_row_boxes(sheet)]
    draw_strokes(sheet, SCRIBBLE)
    expect(predicted_label(sheet)).to_have_attribute(
        "data-state", re.compile("not_a_digit|unsure|digit")
    )
    boxes.append(_row_boxes(sheet))
    expect(_note(sheet)).to_have_text(
        re.compile("of 3 agree|of the 3 agree"), timeout=LOAD_TIMEOUT_MS
    )
    boxes.append(_row_boxes(sheet))
    assert boxes[0] == boxes[1] == boxes[2]
    differing = sheet.locator(".beside-row[data-state=differs]")
    for row in differing.all():
        expect(row.locator(".beside-mark")).to_have_text("≠")
        expect(row.locator(".beside-word")).to_have_text(re.compile("differs|digits only"))


def test_nothing_is_asked_for_who_has_not_switched_it_on(sheet: Page) -> None:
    sheet.reload()
    kinds: list[str] = []
    sheet.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda text: kinds.append(json.loads(text)["type"])),
    )
    sheet.reload()
    draw_digit(sheet, 7)
    assert set(kinds) == {"draw"}
    sheet.get_by_role("switch").click()
    expect(_note(sheet)).to_have_text("All 3 agree.", timeout=LOAD_TIMEOUT_MS)
    assert kinds.count("side_by_side") == 1


def test_the_answer_comes_and_the_panel_is_honest_while_the_background_stands_still(
    sheet: Page, live_site: SiteProcess
) -> None:
    sheet.get_by_role("switch").click()
    background = live_site.pid("background")
    os.kill(background, signal.SIGSTOP)
    try:
        draw_digit(sheet, 7)
        expect(_note(sheet)).to_have_text("The models are taking longer than usual.")
        expect(_rows(sheet).first.locator(".beside-says")).to_have_text("7")
    finally:
        os.kill(background, signal.SIGCONT)
    expect(_note(sheet)).to_have_text("All 3 agree.", timeout=LOAD_TIMEOUT_MS)


def test_a_narrow_phone_shows_all_of_it(new_browser: BrowserFactory) -> None:
    page = new_browser(viewport={"width": 360, "height": 740}).new_page()
    sign_up(page)
    page.get_by_role("switch").click()
    page.evaluate("scrollTo(0, 0)")
    draw_strokes(page, load_ink(7))
    expect(_note(page)).to_have_text("All 3 agree.", timeout=LOAD_TIMEOUT_MS)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    for name in _rows(page).locator(".beside-model").all():
        assert name.evaluate("name => name.scrollWidth <= name.clientWidth")


def _sign_in_as_admin(page: Page, site: SiteProcess) -> None:
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill("admin")
    page.locator("[name=password]").fill(site.admin_password)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
    expect(page.locator("[data-canvas]")).to_be_visible()


def _shows_panel(page: Page) -> bool:
    page.goto("/models/")
    named = page.locator(".beside-models").text_content() or ""
    return all(name in named for name in SELECTED_MODELS)


def _select_models(page: Page, *names: str) -> None:
    page.locator(".beside-choice summary").click()
    for box in page.locator(".beside-models input").all():
        box.set_checked(str(box.get_attribute("value")).split("@")[0] in names)
    page.get_by_role("button", name="Save").click()


def _note(page: Page) -> Locator:
    return page.locator("[data-side-by-side-note]")


def _rows(page: Page) -> Locator:
    return page.locator(".beside-row")


def _row_boxes(page: Page) -> list[dict[str, float]]:
    """Where each row stands on the page."""
    boxes: list[dict[str, float]] = _rows(page).evaluate_all(
        "rows => rows.map(({ offsetTop, offsetHeight }) => ({ offsetTop, offsetHeight }))"
    )
    return boxes
