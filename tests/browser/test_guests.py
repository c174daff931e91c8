"""A stranger draws without an account, and keeps the drawings."""

from playwright.sync_api import Page, expect

from tests.browser.drawing_page import draw_digit, recent_drawings, tool_button
from tests.browser.user_actions import PASSWORD


def test_a_stranger_sees_a_prediction_without_a_form_field(page: Page) -> None:
    page.goto("/")
    assert page.locator("body").get_attribute("data-user") == ""

    draw_digit(page, 4)

    assert page.url.endswith("/")
    assert page.locator("body").get_attribute("data-user")
    expect(page.get_by_role("link", name="History")).to_be_visible()
    page.reload()
    expect(recent_drawings(page)).to_have_count(1)


def test_an_upgrade_keeps_the_drawings(page: Page) -> None:
    page.goto("/")
    invitation = page.locator("[data-invitation]")
    for number in range(3):
        expect(invitation).to_be_hidden()
        draw_digit(page, 1 + number)
        expect(recent_drawings(page)).to_have_count(number + 1)
        if number < 2:
            tool_button(page, "New drawing").click()
    expect(invitation).to_be_visible()
    guest = page.locator("body").get_attribute("data-user")

    invitation.get_by_role("link").click()
    page.get_by_label("Username", exact=True).fill("admin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("form .form-actions button").click()
    expect(page.locator("#id_username_error")).to_be_visible()
    expect(page.get_by_label("Password", exact=True)).to_have_value(PASSWORD)
    page.get_by_label("Username", exact=True).fill("stranger")
    page.locator("form .form-actions button").click()
    page.wait_for_url("/")

    assert page.locator("body").get_attribute("data-user") == guest
    expect(recent_drawings(page)).to_have_count(3)
    expect(page.locator("[data-guest-note]")).to_have_count(0)
