"""The side-by-side panel of the drawing page, with models chosen by an admin."""

import json
import os
import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.drawing_page import draw_digit, draw_strokes, load_ink, prediction_of
from tests.browser.user_actions import sign_up
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import SiteProcess, wait_until

SELECTED_MODELS = ("fnn", "mlp", "sequential8")
SCRIBBLE = [
    [(x, 150 + 3 * (x % 2)) for x in range(40, 260, 4)],
    [(150, y) for y in range(20, 200, 5)],
    [(40 + 4 * i, 40 + 3 * (i % 9)) for i in range(60)],
]
# The first request loads the models, in a process with low priority.
LOAD_TIMEOUT_MS = deadline(20_000)


@pytest.fixture(scope="module", autouse=True)
def selected_models(chromium: Browser, live_site: SiteProcess) -> Iterator[None]:
    """Select three models on the models page, and none for later tests."""
    context = chromium.new_context(base_url=live_site.base_url)
    page = context.new_page()
    _sign_in_as_admin(page, live_site)
    page.goto("/")
    page.locator("[data-no-models] a").click()
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    wait_until(lambda: _shows_panel(page), within_s=30, what="the bundled models are registered")
    _select_models(page, *SELECTED_MODELS)
    expect(page.locator(".notice.success")).to_be_visible()
    yield
    _select_models(page)
    expect(page.locator(".notice.success")).to_be_visible()
    context.close()


@pytest.fixture
def draw_page(new_browser: BrowserFactory) -> Page:
    """The drawing page of a new user."""
    page = new_browser().new_page()
    sign_up(page)
    return page


def test_all_models_predict_and_the_switch_is_remembered(draw_page: Page) -> None:
    switch = draw_page.get_by_role("switch")
    expect(_rows(draw_page).first).to_be_hidden()
    switch.focus()
    draw_page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")
    for row, name in enumerate(["inknet", *SELECTED_MODELS]):
        link = _rows(draw_page).nth(row).locator("a")
        expect(link).to_have_attribute("href", re.compile(f"/models/{name}(@|%40)"))

    draw_digit(draw_page, 7)
    _expect_states(draw_page, "champion", "agrees", "agrees", "agrees")
    expect(draw_page.locator("[data-side-by-side-announcer]")).to_contain_text("3")
    expect(_rows(draw_page).locator(".side-by-side-prediction")).to_have_text(["7"] * 4)
    probabilities = _rows(draw_page).last.locator(".side-by-side-probability")
    expect(probabilities).to_have_text([re.compile(r"\d\s%$")] * 3)

    draw_page.reload()
    _expect_states(draw_page, "champion", "agrees", "agrees", "agrees")
    _rows(draw_page).nth(2).get_by_role("link").click()
    expect(draw_page).to_have_url(re.compile(r"/models/mlp@[0-9a-f]{12}/$"))


def test_difference_is_marked_by_text_and_no_row_moves(draw_page: Page) -> None:
    draw_page.get_by_role("switch").click()
    boxes = [_row_boxes(draw_page)]
    draw_strokes(draw_page, SCRIBBLE)
    expect(prediction_of(draw_page)).to_have_attribute(
        "data-state", re.compile("not_a_digit|unsure|digit")
    )
    boxes.append(_row_boxes(draw_page))
    expect(
        draw_page.locator(".side-by-side-row:is([data-state=agrees], [data-state=differs])")
    ).to_have_count(3, timeout=LOAD_TIMEOUT_MS)
    boxes.append(_row_boxes(draw_page))
    assert boxes[0] == boxes[1] == boxes[2]
    differing = draw_page.locator(".side-by-side-row[data-state=differs]")
    for row in differing.all():
        expect(row.locator(".side-by-side-mark")).to_have_text("≠")
        expect(row.locator(".side-by-side-text")).not_to_be_empty()


def test_nothing_is_requested_while_it_is_off(draw_page: Page) -> None:
    draw_page.reload()
    kinds: list[str] = []
    draw_page.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda text: kinds.append(json.loads(text)["type"])),
    )
    draw_page.reload()
    draw_digit(draw_page, 7)
    assert set(kinds) == {"draw"}
    draw_page.get_by_role("switch").click()
    _expect_states(draw_page, "champion", "agrees", "agrees", "agrees")
    assert kinds.count("side_by_side") == 1


def test_panel_shows_a_delay_while_the_worker_is_frozen(
    draw_page: Page, live_site: SiteProcess
) -> None:
    draw_page.get_by_role("switch").click()
    background = live_site.pid("background")
    os.kill(background, signal.SIGSTOP)
    try:
        draw_digit(draw_page, 7)
        expect(_note(draw_page)).to_be_visible()
        _expect_states(draw_page, "champion", "waiting", "waiting", "waiting")
        expect(_rows(draw_page).first.locator(".side-by-side-prediction")).to_have_text("7")
    finally:
        os.kill(background, signal.SIGCONT)
    _expect_states(draw_page, "champion", "agrees", "agrees", "agrees")


def test_fits_a_narrow_phone(new_browser: BrowserFactory) -> None:
    page = new_browser(viewport={"width": 360, "height": 740}).new_page()
    sign_up(page)
    page.get_by_role("switch").click()
    page.evaluate("scrollTo(0, 0)")
    draw_strokes(page, load_ink(7))
    _expect_states(page, "champion", "agrees", "agrees", "agrees")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    for name in _rows(page).locator(".side-by-side-model").all():
        assert name.evaluate("name => name.scrollWidth <= name.clientWidth")


def _sign_in_as_admin(page: Page, site: SiteProcess) -> None:
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill("admin")
    page.locator("[name=password]").fill(site.admin_password)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("[data-canvas]")).to_be_visible()


def _shows_panel(page: Page) -> bool:
    page.goto("/models/")
    boxes = page.locator(".side-by-side-models input").all()
    names = {str(box.get_attribute("value")).split("@")[0] for box in boxes}
    return names.issuperset(SELECTED_MODELS)


def _select_models(page: Page, *names: str) -> None:
    page.locator(".side-by-side-choice summary").click()
    for box in page.locator(".side-by-side-models input").all():
        box.set_checked(str(box.get_attribute("value")).split("@")[0] in names)
    page.get_by_role("button", name="Save").click()


def _expect_states(page: Page, *states: str) -> None:
    for row, state in enumerate(states):
        expect(_rows(page).nth(row)).to_have_attribute("data-state", state, timeout=LOAD_TIMEOUT_MS)


def _note(page: Page) -> Locator:
    return page.locator("[data-side-by-side-note]")


def _rows(page: Page) -> Locator:
    return page.locator(".side-by-side-row")


def _row_boxes(page: Page) -> list[dict[str, float]]:
    """Return the position and height of each row."""
    boxes: list[dict[str, float]] = _rows(page).evaluate_all(
        "rows => rows.map(({ offsetTop, offsetHeight }) => ({ offsetTop, offsetHeight }))"
    )
    return boxes
