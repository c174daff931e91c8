"""axe-core on every page: no violation, on a phone (light theme) and on a desktop (dark theme)."""

from collections.abc import Callable, Iterator

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.axe import PHONE, find_violations
from tests.browser.conftest import DEFAULT_TIMEOUT_MS
from tests.browser.drawing_page import draw_digit, draw_strokes, load_ink
from tests.browser.user_actions import SEVEN, allow_training, sign_up, submit_drawing
from tests.fixtures.site_process import SiteProcess, wait_until
from tests.security.site_users import assign_training_split

OpenPage = Callable[[str, str], Page]

NUM_BUNDLED_MODELS = 7
VISITOR_PAGES = (
    "/",
    "/offline/",
    "/challenge/",
    "/models/",
    "{model}",
    "{comparison}",
    "{misclassified}",
    "/how-it-works/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/no/such/page/",
)
USER_PAGES = (
    "/",
    "/challenge/",
    "/history/",
    "/history/?digit=0&claim=9",
    "/history/{drawing}/",
    "/how-it-works/?drawing={drawing}",
    "/accounts/settings/",
    "/accounts/email/",
    "/accounts/sessions/",
    "/accounts/logout/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/2fa/",
    "/accounts/settings/delete/",
    "/review/",
    "/training/",
)
ADMIN_PAGES = (
    "/review/",
    "/review/all/",
    "/review/digits/7/",
    "/models/",
    "{model}",
    "{shadow}",
    "/training/",
    "/training/snapshots/",
    "/training/drift/",
    "/webhooks/",
)
ERROR_TEMPLATES = (
    "400",
    "403",
    "403_csrf",
    "500",
    "503",
    "domain_error",
    "retry_later",
)
ERROR_CONTEXT = {"error": {"status": 409, "code": "conflict", "message": "This name is taken."}}


@pytest.fixture(scope="module")
def contexts(chromium: Browser, live_site: SiteProcess) -> Iterator[dict[str, BrowserContext]]:
    """A browser context of each role."""
    contexts = {}
    for role in ("visitor", "user", "author", "admin"):
        contexts[role] = chromium.new_context(
            base_url=live_site.base_url,
            viewport=PHONE,
            reduced_motion="reduce",
            service_workers="block",
        )
        contexts[role].set_default_timeout(DEFAULT_TIMEOUT_MS)
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.fixture(scope="module")
def names(contexts: dict[str, BrowserContext], live_site: SiteProcess) -> dict[str, str]:
    """Sign in the users. The author allows reviews. Returns the names in the paths of pages."""
    page = contexts["user"].new_page()
    sign_up(page)
    drawing = submit_drawing(page, SEVEN)
    page.close()
    page = contexts["author"].new_page()
    assign_training_split(live_site, sign_up(page))
    allow_training(page)
    submit_drawing(page, SEVEN)
    page.close()
    page = contexts["admin"].new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", "admin")
    page.fill("[name=password]", live_site.admin_password)
    page.press("[name=password]", "Enter")
    page.wait_for_url("/")
    links = page.locator(".model-link")
    wait_until(
        lambda: page.goto("/models/") is not None and links.count() >= NUM_BUNDLED_MODELS,
        within_s=30,
        what="the background has registered the bundled models",
    )
    model, second = (
        page.locator(f'.model-link[href*="/{name}@"]').get_attribute("href")
        for name in ("fnn", "inknet")
    )
    page.goto(str(model))
    cell = page.locator('a[href$="/4/9/"]').first.get_attribute("href")
    page.close()
    return {
        "drawing": drawing,
        "model": str(model),
        "shadow": f"{model}shadow/",
        "comparison": f"{model}compare/{str(second).split('/')[2]}/",
        "misclassified": str(cell),
    }


@pytest.fixture
def open_page(contexts: dict[str, BrowserContext], names: dict[str, str]) -> Iterator[OpenPage]:
    """`open_page(role, path)` opens a page and waits for what it loads."""
    pages = []

    def open_and_wait(role: str, path: str) -> Page:
        page = contexts[role].new_page()
        pages.append(page)
        # The page without a network goes to the live page as soon as the site responds.
        page.route("**/healthz", lambda route: route.abort())
        page.goto(path.format(**names), wait_until="load")
        page.wait_for_selector(".is-waiting, [aria-busy=true]", state="detached")
        return page

    yield open_and_wait
    for page in pages:
        page.close()


@pytest.mark.parametrize(
    ("role", "path"),
    [
        *(("visitor", path) for path in VISITOR_PAGES),
        *(("user", path) for path in USER_PAGES),
        *(("admin", path) for path in ADMIN_PAGES),
    ],
)
def test_axe_finds_no_violation(open_page: OpenPage, role: str, path: str) -> None:
    assert find_violations(open_page(role, path)) == []


@pytest.mark.parametrize("width", [320, 360, 375, 390])
def test_all_links_of_an_admin_are_visible_on_a_phone(open_page: OpenPage, width: int) -> None:
    page = open_page("admin", "/webhooks/")
    page.set_viewport_size({"width": width, "height": 640})
    navigation = page.get_by_role("navigation", name="Site")
    assert navigation.get_by_role("link").count() == 6
    assert navigation.evaluate("(it) => it.scrollWidth <= it.clientWidth")


@pytest.mark.parametrize("template", ERROR_TEMPLATES)
def test_axe_finds_no_violation_on_error_pages(
    contexts: dict[str, BrowserContext], template: str
) -> None:
    page = contexts["visitor"].new_page()
    body = render_to_string(f"{template}.html", ERROR_CONTEXT)
    page.route("**/rendered/", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto("/rendered/")
    assert find_violations(page) == []
    page.close()


def test_axe_finds_no_violation_while_drawing(open_page: OpenPage) -> None:
    page = open_page("admin", "/")  # whose consent is not decided
    draw_digit(page, 4)
    page.locator("[data-details-toggle]").click()
    page.locator("[data-choices-toggle]").click()
    expect(page.locator("[data-choices]")).to_be_visible()
    assert find_violations(page) == []
    page.keyboard.press("9")
    expect(page.locator("[data-consent-dialog]")).to_be_visible()
    assert find_violations(page) == []
    page.keyboard.press("Escape")
    assert find_violations(page) == []
    page.keyboard.press("?")
    expect(page.locator("[data-shortcut-dialog]")).to_be_visible()
    assert find_violations(page) == []


def test_axe_finds_no_violation_on_a_drawing_of_several_digits(open_page: OpenPage) -> None:
    page = open_page("visitor", "/")
    draw_strokes(page, [*shift(load_ink(1), 0), *shift(load_ink(7), 400)])
    expect(page.locator("[data-several]")).to_be_visible()
    assert find_violations(page) == []


def test_axe_finds_no_violation_in_the_dialogs_of_the_history(open_page: OpenPage) -> None:
    page = open_page("user", "/history/")
    page.locator(".detail > summary").click()
    assert find_violations(page) == []
    page.keyboard.press("?")
    expect(page.locator("[data-shortcut-dialog]")).to_be_visible()
    assert find_violations(page) == []
    page.keyboard.press("Escape")
    page.locator("[data-drawings] .drawing-link").first.click()
    expect(page.locator("[data-drawing-dialog] article")).to_be_visible()
    assert find_violations(page) == []


def test_axe_finds_no_violation_in_a_challenge(open_page: OpenPage) -> None:
    page = open_page("user", "/challenge/")
    page.locator("[data-start]").click()
    marks = page.locator("[data-marks] > li")
    expect(marks.first).to_have_attribute("data-state", "current")
    draw_strokes(page, load_ink(3))
    page.keyboard.press("n")
    expect(marks.nth(1)).to_have_attribute("data-state", "current")
    assert find_violations(page) == []
    for position in range(1, 10):
        expect(marks.nth(position)).to_have_attribute("data-state", "current")
        page.keyboard.press("s")
    expect(page.locator("[data-result]")).to_be_visible()
    assert find_violations(page) == []


def test_axe_finds_no_violation_with_drawings_selected_in_the_grid(open_page: OpenPage) -> None:
    page = open_page("admin", "/review/all/")
    first = page.locator("[data-grid] button").first
    first.click()
    expect(page.locator("[data-selected]")).to_be_visible()
    assert find_violations(page) == []
    page.keyboard.press("?")
    assert find_violations(page) == []


def shift(strokes: list[list[tuple[float, ...]]], by: float) -> list[list[tuple[float, ...]]]:
    return [[(x + by, *rest) for x, *rest in stroke] for stroke in strokes]
