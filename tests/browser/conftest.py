"""Chromium on a running site. Errors and warnings of its console fail the test."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import SiteProcess

CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DEFAULT_TIMEOUT_MS = deadline(10_000)

BrowserFactory = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Module scope: Playwright keeps an event loop running, in which Django's database code
    refuses to work."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=DEFAULT_TIMEOUT_MS)
        browser = playwright.chromium.launch(executable_path=_find_chromium(), args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture
def caching_chromium(chromium: Browser) -> Iterator[Browser]:
    """A Chromium that keeps pages for its Back button, as users have it."""
    browser = chromium.browser_type.launch(
        executable_path=_find_chromium(),
        args=CHROMIUM_ARGS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


@pytest.fixture
def new_browser(chromium: Browser, live_site: SiteProcess) -> Iterator[BrowserFactory]:
    """`new_browser()` opens a browser context on the live site, with options of Playwright."""
    contexts: list[BrowserContext] = []
    console_errors: list[str] = []

    def open_context(**options: object) -> BrowserContext:
        context = chromium.new_context(base_url=live_site.base_url, **options)  # type: ignore[arg-type]
        context.set_default_timeout(DEFAULT_TIMEOUT_MS)
        context.on("page", lambda page: record_console_errors(page, console_errors))
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()
    assert console_errors == []


@pytest.fixture
def page(new_browser: BrowserFactory) -> Page:
    """The only tab of a new browser context."""
    return new_browser().new_page()


def _find_chromium() -> str:
    program = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    assert program, "no Chromium here: apt-get install chromium"
    return program


def record_console_errors(page: Page, console_errors: list[str]) -> None:
    """Append errors and warnings of the console of this page."""

    def record(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _is_expected(message):
            console_errors.append(f"{page.url}: {message.text}")

    page.on("pageerror", lambda error: console_errors.append(f"{page.url}: {error}"))
    page.on("console", record)


def _is_expected(message: ConsoleMessage) -> bool:
    """True for a raster of an outdated revision, for a socket closed by a reload, for a request
    without a network, and for the refused request of a page whose user is not signed in."""
    url = message.location["url"]
    is_raster = "/raster.png?" in url and "404" in message.text
    is_user_refusal = "/api/v1/" in url and any(code in message.text for code in ("401", "409"))
    is_offline = "ERR_INTERNET_DISCONNECTED" in message.text
    is_closed_socket = "closed before the connection is established" in message.text
    return is_raster or is_user_refusal or is_offline or is_closed_socket
