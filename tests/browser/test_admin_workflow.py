"""The workflow of an admin: review, training set, run, evaluation, promotion, rollback."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.axe import find_violations_of_copy
from tests.browser.conftest import DEFAULT_TIMEOUT_MS, record_console_errors
from tests.browser.drawing_page import (
    count_dark_pixels,
    draw_digit,
    draw_strokes,
    load_ink,
    prediction_of,
)
from tests.browser.seed_users import create_teaching_users, draw_and_claim
from tests.fixtures.deadlines import deadline
from tests.fixtures.live_site import UNLIMITED
from tests.fixtures.site_process import SiteProcess

SMALL_TRAINING_SETTINGS = {"REHEARSAL_SAMPLES_PER_EPOCH": "100"}
# The trainer runs at the lowest priority.
TRAINING_TIMEOUT_MS = deadline(180_000)
NUM_REVIEWED = 10
PROMOTION_REASON = "a test of the workflow"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    """A separate site without guests and base data, which rehearses with synthetic digits."""
    folder = tmp_path_factory.mktemp("way")
    own = {"DIGITSITE_DATA": str(folder / "no-data"), "GUESTS": "false"}
    settings = UNLIMITED | SMALL_TRAINING_SETTINGS | own
    site = SiteProcess(folder / "home", settings=settings)
    try:
        yield site.start_and_wait()
    finally:
        site.remove()


@pytest.fixture
def console_errors() -> Iterator[list[str]]:
    """Errors of the console, which include violations of the content security policy."""
    errors: list[str] = []
    yield errors
    assert errors == []


@pytest.fixture
def admin_context(
    site: SiteProcess, chromium: Browser, console_errors: list[str]
) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=site.base_url)
    context.set_default_timeout(DEFAULT_TIMEOUT_MS)
    context.on("page", lambda page: record_console_errors(page, console_errors))
    yield context
    context.close()


def test_without_guests_a_visitor_tries_the_model_and_sends_nothing(
    admin_context: BrowserContext,
) -> None:
    page = admin_context.new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    page.on("websocket", lambda socket: sent.append(socket.url))
    page.goto("/")
    draw_strokes(page, load_ink(3))

    expect(prediction_of(page)).to_have_attribute("data-label", "3")
    assert page.locator("body").get_attribute("data-user") == ""
    assert [line for line in sent if "GET" not in line or "/api/v1/drawings" in line] == []
    assert find_violations_of_copy(page) == []
    page.get_by_role("button", name="Clear").click()
    expect(prediction_of(page)).to_have_attribute("data-label", "")
    assert count_dark_pixels(page) == 0


@pytest.mark.timeout(300)
def test_admin_trains_promotes_and_rolls_back(
    site: SiteProcess, admin_context: BrowserContext
) -> None:
    draw_and_claim(site, create_teaching_users(site))
    page = admin_context.new_page()
    sign_in(page, site)
    first = draw_and_read_model(page)

    review_ten(page)
    create_training_set(page)
    start_run(page)
    watch_run(page)
    trained = view_evaluation(page)
    assert trained != first
    promote(page, trained)
    assert draw_and_read_model(page) == trained
    roll_back(page, first)
    assert draw_and_read_model(page) == first


def sign_in(page: Page, site: SiteProcess) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_label("Username or email").fill("admin")
    page.get_by_label("Password", exact=True).fill(site.admin_password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("/")


def draw_and_read_model(page: Page) -> str:
    """Draw a digit. Return the ref of the model that predicted it."""
    page.get_by_role("link", name="Draw", exact=True).click()
    page.wait_for_url("/")
    page.keyboard.press("n")
    draw_digit(page, 3)
    return page.locator("[data-facts-model]").get_attribute("data-ref") or ""


def review_ten(page: Page) -> None:
    """Confirm the claims of ten drawings by keyboard."""
    page.get_by_role("link", name="Review").click()
    reviewed = page.locator("[data-decisions] > li")
    for number in range(NUM_REVIEWED):
        expect(page.locator("[data-desk][data-state=item]")).to_be_visible()
        page.keyboard.press("a")
        claim = page.locator("[data-claim]")
        expect(claim).to_have_text(re.compile(r"^\d$"))
        page.keyboard.press(claim.inner_text())
        expect(reviewed).to_have_count(number + 1)
        expect(page.locator("[data-facts]")).to_be_hidden()
    expect(page.locator("[data-progress]")).to_have_text(re.compile(rf"^{NUM_REVIEWED}\b"))
    expect(reviewed.locator("[data-status]", has_text="Saving")).to_have_count(0)


def create_training_set(page: Page) -> None:
    page.get_by_role("link", name="Training", exact=True).click()
    page.get_by_role("link", name="Training sets").click()
    page.locator("[aria-labelledby=make] button").click()
    page.wait_for_url(re.compile(r"/training/snapshots/[0-9a-f-]{36}/"))
    expect(page.locator("[data-count=drawings] dd")).to_have_text(f"{NUM_REVIEWED}")
    assert find_violations_of_copy(page) == []


def start_run(page: Page) -> None:
    page.locator('a[href*="?snapshot="]').click()
    expect(page.get_by_label("Training set")).not_to_have_value("")
    page.get_by_text("Advanced", exact=True).click()
    assert find_violations_of_copy(page) == []
    page.get_by_label("Epochs").fill("2")
    page.get_by_label("Rehearsal data").select_option("synthetic")
    page.get_by_role("button", name="Train and compare").click()
    page.wait_for_url(re.compile(r"/training/runs/[0-9a-f-]{36}/"))


def watch_run(page: Page) -> None:
    """Wait for the result, which appears without a reload."""
    accuracy = page.locator('[data-chart="accuracy"]')
    expect(accuracy.locator("path, circle").first).to_be_visible(timeout=TRAINING_TIMEOUT_MS)
    expect(page.locator("[data-log] > li").first).to_be_visible()
    result = page.locator("[data-status=succeeded]")
    expect(result).to_be_visible(timeout=TRAINING_TIMEOUT_MS)
    expect(page.locator("[data-now]")).to_be_hidden()
    expect(page.locator("[data-digits] > li")).to_have_count(10)
    assert find_violations_of_copy(page) == []


def view_evaluation(page: Page) -> str:
    """Open the evaluation of the run. Return the ref of the new model."""
    result = page.locator("[data-status=succeeded]")
    model = result.locator("[data-model]").get_attribute("data-model")
    result.locator('a[href*="/evaluations/"]').click()
    expect(page.locator("[data-gate-result]")).to_have_attribute(
        "data-gate-result", "insufficient_evidence"
    )
    assert find_violations_of_copy(page) == []
    return str(model)


def promote(page: Page, ref: str) -> None:
    override = page.locator("[data-promote=override]")
    override.locator("summary").click()
    override.get_by_role("textbox").fill(PROMOTION_REASON)
    override.get_by_role("button").click()
    expect(page.locator("[data-champion]")).to_have_attribute("data-champion", ref)
    expect(page.locator(".timeline > li").first).to_contain_text(PROMOTION_REASON)


def roll_back(page: Page, ref: str) -> None:
    page.get_by_role("link", name="Models", exact=True).click()
    rollback = page.locator("[data-rollback]")
    rollback.locator("summary").click()
    rollback.get_by_role("textbox").fill("only a test")
    rollback.get_by_role("button").click()
    expect(page.locator("[data-champion]")).to_have_attribute("data-champion", ref)
