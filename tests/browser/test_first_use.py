"""First use of the site: sign-up, fifty digits, a correction, the history, a second tab; drawing
without a network and before the scripts have loaded. The site has built static files."""

import gzip
import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from tests.browser.drawing_page import (
    DECISION_PATTERN,
    count_dark_pixels,
    draw_digit,
    draw_strokes,
    expect_prediction,
    load_ink,
    prediction_of,
    recent_drawings,
)
from tests.browser.user_actions import PASSWORD
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import SiteProcess

MAKE_RUN_COMMAND = ("make", "--no-print-directory", "run")
VALIDATION_WRITERS = ("tr21", "tr22", "tr23", "tr24", "tr25")
NUM_DIGITS_DRAWN = 50
MIN_CORRECT = 48
CANVAS_SIDE = 500  # the tablet's box, in its own units
PHONE: ViewportSize = {"width": 390, "height": 844}
SLOW_NETWORK = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}

Ink = dict[str, Any]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    settings = {"STATIC_SOURCES": "false"}  # as without the variable: the site builds its files
    site = SiteProcess(tmp_path_factory.mktemp("readme") / "home", settings=settings)
    site.start(MAKE_RUN_COMMAND)
    site.wait_until_ready()
    yield site
    os.killpg(site.process.pid, signal.SIGINT)  # what Ctrl-C does
    site.process.wait(deadline(30))
    assert site.left_behind() == []


@pytest.fixture(scope="module")
def inks(handwriting: Path) -> list[Ink]:
    """Return one ink per digit of each validation writer."""
    wanted = {(writer, digit) for writer in VALIDATION_WRITERS for digit in range(10)}
    found = []
    with gzip.open(handwriting / "pendigits" / "train.jsonl.gz", "rt") as lines:
        for ink in map(json.loads, lines):
            if (ink["writer"], ink["label"]) in wanted:
                wanted.remove((ink["writer"], ink["label"]))
                found.append(ink)
    assert len(found) == NUM_DIGITS_DRAWN
    return found


@pytest.mark.timeout(300)
def test_new_user_draws_fifty_digits_and_finds_them(
    site: SiteProcess, inks: list[Ink], chromium: Browser
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    sign_up(page, site)
    is_correct = [draw_and_read_digit(page, ink) == ink["label"] for ink in inks]
    assert sum(is_correct) >= MIN_CORRECT, f"{sum(is_correct)} of {NUM_DIGITS_DRAWN} are correct"

    second = context.new_page()
    second.goto(f"{site.base_url}/history/")
    drawings = second.locator("[data-drawings] > li")
    expect(second.locator("[data-statistics] dd").first).to_have_text(f"{NUM_DIGITS_DRAWN}")

    page.bring_to_front()  # Chromium gives a page in the background one frame a second
    assert draw_and_read_digit(page, inks[0]) == inks[0]["label"]
    other = (inks[0]["label"] + 1) % 10
    page.keyboard.press(str(other))
    expect(prediction_of(page)).to_have_attribute("data-state", "corrected")
    expect(drawings.first).to_have_attribute("data-claim", str(other))

    page.goto(f"{site.base_url}/history/?wrong=true")
    expect(page.locator("[data-drawings] > li")).to_have_count(1)
    expect(page.locator("[data-drawings] > li")).to_have_attribute("data-claim", str(other))
    context.close()


def test_offline_drawings_survive_reloads_and_are_stored_once(
    site: SiteProcess, chromium: Browser
) -> None:
    """The page without a network comes from the service worker, which a built site has."""
    context = chromium.new_context(base_url=site.base_url)
    page = context.new_page()
    page.goto("/")
    page.wait_for_function("() => navigator.serviceWorker.controller")
    draw_digit(page, 3)
    page.wait_for_function("async () => (await (await caches.open('bundles')).keys()).length")

    context.set_offline(offline=True)
    page.keyboard.press("n")
    draw_strokes(page, load_ink(7))
    expect(page.locator("[data-connection]")).to_have_attribute("data-waiting", "1")
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-offline", "")
    expect(page.locator("[data-connection]")).to_be_visible()
    assert count_dark_pixels(page) > 0
    expect(page.locator("[data-bars] .bar.best")).to_have_attribute("data-digit", "7")
    page.keyboard.press("n")
    draw_strokes(page, load_ink(1))
    expect(page.locator("[data-connection]")).to_have_attribute("data-waiting", "2")

    context.set_offline(offline=False)
    expect(page.locator("body")).not_to_have_attribute("data-offline", "")
    expect(recent_drawings(page).locator(".strip-prediction")).to_contain_text(["1", "7", "3"])
    page.reload()
    expect_prediction(page, 1)
    expect(recent_drawings(page)).to_have_count(3)
    context.close()


def test_ink_drawn_before_the_scripts_is_kept(site: SiteProcess, chromium: Browser) -> None:
    context = chromium.new_context(base_url=site.base_url, viewport=PHONE)
    page = context.new_page()
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW_NETWORK)
    scripts: list[Route] = []
    page.route(re.compile("/static/js/draw/"), lambda route: scripts.append(route))
    page.goto("/", wait_until="commit")
    page.wait_for_function("() => document.querySelector('[data-canvas]')?.stopRecorder")

    draw_strokes(page, load_ink(7))
    assert count_dark_pixels(page) > 0
    assert scripts
    for route in scripts:
        route.continue_()

    expect_prediction(page, 7)
    expect(recent_drawings(page)).to_have_count(1)
    context.close()


def sign_up(page: Page, site: SiteProcess) -> None:
    page.goto(site.base_url)
    page.get_by_role("link", name="Sign up").first.click()
    page.get_by_label("Username", exact=True).fill("newcomer")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url(f"{site.base_url}/")


def draw_and_read_digit(page: Page, ink: Ink) -> int | None:
    """Draw the ink on a new sheet with pointer events. Return the predicted digit."""
    page.keyboard.press("n")
    expect(prediction_of(page)).to_have_attribute("data-state", "empty")
    box = page.locator("[data-canvas]").bounding_box()
    assert box
    for stroke in ink["strokes"]:
        for index, (x, y) in enumerate(stroke):
            page.mouse.move(*to_canvas_point(box, x, y))
            if index == 0:
                page.mouse.down()
        page.mouse.up()
    expect(prediction_of(page)).to_have_attribute(
        "data-state", DECISION_PATTERN, timeout=deadline(10_000)
    )
    label = prediction_of(page).get_attribute("data-label") or ""
    return int(label) if label.isdigit() else None


def to_canvas_point(box: Any, x: float, y: float) -> tuple[float, float]:
    return box["x"] + (0.05 + 0.9 * x / CANVAS_SIDE) * box["width"], box["y"] + (
        0.05 + 0.9 * y / CANVAS_SIDE
    ) * box["height"]
