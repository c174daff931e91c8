"""The preview: the browser predicts while the pen is down, before anything is sent."""

from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.drawing_page import draw_digit, expect_prediction, load_ink, prediction_of
from tests.browser.user_actions import sign_up

TRANSFERRED_BYTES = """async () => {
  const isBundle = ({ name }) => name.includes("/browser/");
  const find = () => performance.getEntriesByType("resource").find(isBundle);
  while (!find()) await new Promise((resolve) => setTimeout(resolve));
  return find().transferSize;
}"""


def draw_without_lifting(page: Page, digit: int) -> None:
    """Draw a digit of one stroke, and keep the pen down."""
    box = page.locator("[data-canvas]").bounding_box()
    assert box
    [stroke] = load_ink(digit)
    xs, ys = ([point[axis] for point in stroke] for axis in (0, 1))
    scale = 0.6 * box["height"] / max(max(xs) - min(xs), max(ys) - min(ys))
    left, top = box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"]
    points = [(left + scale * (x - min(xs)), top + scale * (y - min(ys))) for x, y, *_ in stroke]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)


def expect_bar(page: Page, digit: int) -> None:
    expect(page.locator("[data-bars] .bar.best")).to_have_attribute("data-digit", str(digit))


def is_bundle(response: Response) -> bool:
    return "/browser/?sha256=" in response.url


def test_a_preview_appears_while_drawing(new_browser: BrowserFactory) -> None:
    page = new_browser().new_page()
    sign_up(page)
    note = page.locator("[data-bars-preview]")
    expect(note).to_be_hidden()

    with page.expect_response(is_bundle) as bundle:
        draw_without_lifting(page, 3)
    assert bundle.value.headers["cache-control"] == "public, max-age=31536000, immutable"
    expect(note).to_be_visible()
    expect_bar(page, 3)
    expect(prediction_of(page)).to_have_attribute("data-state", "empty")

    page.mouse.up()
    expect_prediction(page, 3)
    expect(note).to_be_hidden()
    expect_bar(page, 3)


def test_a_later_visit_has_the_bundle_in_its_cache(new_browser: BrowserFactory) -> None:
    page = new_browser().new_page()
    sign_up(page)
    with page.expect_response(is_bundle):
        draw_digit(page, 7)
    with page.expect_worker() as worker:  # it starts with the restored drawing or the new one
        page.reload()
        draw_digit(page, 7)
    assert worker.value.evaluate(TRANSFERRED_BYTES) == 0
