"""The layout that all pages share: the left edge, and the theme of the API docs."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.user_actions import sign_up

SIGNED_OUT = ("/accounts/login/", "/models/", "/how-it-works/")
SIGNED_IN = ("/", "/history/", "/models/", "/accounts/settings/")
WIDTHS = (390, 1440, 1920)
LEFT_EDGES = """() => {
  const left = (selector) => document.querySelector(selector)?.getBoundingClientRect().left;
  const footer = left(".site-footer > p");
  const isShown = document.querySelector(".site-name").offsetWidth > 0;  // not on a narrow phone
  const header = isShown ? left(".site-name") : footer;
  return [header, left("main > :not(script)"), footer ?? header];
}"""
LUMINANCE = """(element) => {
  const parse = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const mean = ([red, green, blue]) => (0.3 * red + 0.6 * green + 0.1 * blue) / 255;
  const background = getComputedStyle(document.documentElement).backgroundColor;
  return [mean(parse(background)), mean(parse(getComputedStyle(element).color))];
}"""


def test_pages_begin_at_the_same_left_edge(page: Page) -> None:
    _expect_left_edges(page, SIGNED_OUT)
    sign_up(page)
    _expect_left_edges(page, SIGNED_IN)


def test_api_docs_follow_the_theme(page: Page) -> None:
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.goto("/api/v1/docs/")
        title = page.locator(".swagger-ui .info .title")
        expect(title).to_be_visible()
        background, text = title.evaluate(LUMINANCE)
        assert (background < 0.2 and text > 0.7) == (scheme == "dark")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.reload()
    expect(page.locator("html.dark-mode")).to_have_count(1)


def _expect_left_edges(page: Page, paths: tuple[str, ...]) -> None:
    for path in paths:
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            header, main, footer = page.evaluate(LEFT_EDGES)
            assert footer == pytest.approx(header, abs=1), (path, width)
            if path != "/" or width > WIDTHS[0]:  # on a phone the canvas is as wide as the screen
                assert main == pytest.approx(header, abs=1), (path, width)
