"""The admin's way, whole: people draw, an admin reviews ten by keyboard, makes a training set,
starts a run, watches it, reads the verdict, promotes, draws, and rolls back.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import DEFAULT_TIMEOUT_MS, record_console_errors
from tests.browser.drawing_page import draw_digit
from tests.browser.seed_users import create_teaching_users, draw_and_claim
from tests.fixtures.deadlines import deadline
from tests.fixtures.live_site import UNLIMITED
from tests.fixtures.site_process import SiteProcess

SMALL_TRAINING_SETTINGS = {"REHEARSAL_SAMPLES_PER_EPOCH": "100"}
# Its trainer takes only the processor time that nobody else wants.
TRAINING_TIMEOUT_MS = deadline(180_000)
NUM_REVIEWED = 10
PROMOTION_REASON = "so little proves nothing, and I want to see it answer"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    """One of its own, without base data: what a network rehearses is drawn by the computer."""
    folder = tmp_path_factory.mktemp("way")
    settings = UNLIMITED | SMALL_TRAINING_SETTINGS | {"DIGITSITE_DATA": str(folder / "no-data")}
    site = SiteProcess(folder / "home", settings=settings)
    try:
        yield site.start_and_wait()
    finally:
        site.remove()


@pytest.fixture
def console_errors() -> Iterator[list[str]]:
    """What the browser's console said; a violation of the content policy is an error there."""
    heard: list[str] = []
    yield heard
    assert heard == []


@pytest.fixture
def admin_context(
    site: SiteProcess, chromium: Browser, console_errors: list[str]
) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=site.base_url)
    context.set_default_timeout(DEFAULT_TIMEOUT_MS)
    context.on("page", lambda page: record_console_errors(page, console_errors))
    yield context
    context.close()


@pytest.mark.timeout(300)
def test_an_admin_teaches_a_network_lets_it_answer_and_goes_back(
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
    trained = read_gate_result(page)
    assert trained != first
    promote(page, trained)
    assert draw_and_read_model(page) == trained
    roll_back(page, first)
    assert draw_and_read_model(page) == first


def sign_in(page: Page, site: SiteProcess) -> None:
    page.goto("/")
    page.get_by_role("link", name="Log in").first.click()
    page.get_by_label("Name or e-mail").fill("admin")
    page.get_by_label("Password", exact=True).fill(site.admin_password)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("/")


def draw_and_read_model(page: Page) -> str:
    """Which network the answer names."""
    page.get_by_role("link", name="Draw", exact=True).click()
    page.wait_for_url("/")
    page.keyboard.press("n")
    draw_digit(page, 3)
    name = page.locator("[data-facts-model]").inner_text()
    return f"{name}@{page.locator('[data-facts-sha]').inner_text()}"


def review_ten(page: Page) -> None:
    """By keyboard alone: what its owner says is asked for, and confirmed."""
    page.get_by_role("link", name="Review").click()
    judged = page.locator("[data-decisions] > li")
    for number in range(NUM_REVIEWED):
        expect(page.locator("[data-desk]")).to_be_visible()
        page.keyboard.press("a")
        claim = page.locator("[data-claim]")
        expect(claim).to_have_text(re.compile(r"^\d$"))
        page.keyboard.press(claim.inner_text())
        expect(judged).to_have_count(number + 1)
        expect(page.locator("[data-facts]")).to_be_hidden()
    expect(page.locator("[data-progress]")).to_have_text(re.compile(rf"^{NUM_REVIEWED}\b"))


def create_training_set(page: Page) -> None:
    page.get_by_role("link", name="Training", exact=True).click()
    page.get_by_role("link", name="Training sets").click()
    page.get_by_role("button", name="Make it").click()
    page.wait_for_url(re.compile(r"/training/snapshots/[0-9a-f-]{36}/"))
    expect(page.locator(".figures")).to_contain_text(f"{NUM_REVIEWED}")


def start_run(page: Page) -> None:
    page.get_by_role("link", name="Train with it").click()
    expect(page.get_by_label("Training set")).not_to_have_value("")
    page.get_by_label("Rounds").fill("2")
    page.get_by_label("Rehearse").select_option(label="Digits the computer draws")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url(re.compile(r"/training/runs/[0-9a-f-]{36}/"))


def watch_run(page: Page) -> None:
    """It grows before one's eyes: no reload."""
    accuracy = page.locator('[data-chart="accuracy"]')
    expect(accuracy.locator("path, circle").first).to_be_visible(timeout=TRAINING_TIMEOUT_MS)
    expect(page.locator("[data-log] > li").first).to_be_visible()
    verdict = page.get_by_role("link", name="Read the verdict")
    expect(verdict).to_be_visible(timeout=TRAINING_TIMEOUT_MS)
    expect(page.locator("[data-now]")).to_be_hidden()
    expect(page.locator("[data-digits] > li")).to_have_count(10)


def read_gate_result(page: Page) -> str:
    """The name of the new network."""
    page.get_by_role("link", name="Read the verdict").click()
    expect(page.get_by_role("heading", name="Is it better?")).to_be_visible()
    expect(page.locator("#outcome")).to_contain_text("Not enough evidence")
    return page.locator(".page-head a").first.inner_text()


def promote(page: Page, name: str) -> None:
    page.get_by_text("Let it answer all the same").click()
    page.get_by_label("Why shall it answer?").fill(PROMOTION_REASON)
    page.get_by_role("button", name="Let it answer", exact=True).click()
    expect(page.locator("#serving")).to_have_text(f"{name} answers now")
    expect(page.locator(".timeline > li").first).to_contain_text(PROMOTION_REASON)


def roll_back(page: Page, name: str) -> None:
    page.get_by_role("link", name="Models", exact=True).click()
    page.get_by_text("Go back…").click()
    page.get_by_label("What is wrong with it?").fill("only tried")
    page.get_by_role("button", name="Let the one before answer again").click()
    expect(page.locator("#serving")).to_have_text(f"{name} answers now")
