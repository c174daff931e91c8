"""Actions of users in a browser."""

import itertools
import time
from typing import Any

from playwright.sync_api import Page, expect

PASSWORD = "a-good-long-password"
SEVEN = [[[100 + 60 * i, 100, 20 * i, 0.5] for i in range(10)]]
SEVEN[0] += [[640 - 40 * i, 100 + 90 * i, 200 + 20 * i, 0.5] for i in range(1, 9)]
ONE = [[[300 + (i % 2), 100 + 60 * i, 15 * i, 0.5] for i in range(12)]]

_numbers = itertools.count(time.time_ns() % 10**9)


def sign_up(page: Page) -> str:
    """Sign up a new user on this page. Return the username."""
    name = f"user{next(_numbers)}"
    page.goto("/accounts/signup/")
    page.get_by_label("Username", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("/")
    return name


def sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username or email").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("/")


def allow_training(page: Page) -> None:
    """Consent to training with the drawings of this user, which requires the password."""
    page.goto("/accounts/settings/")
    page.locator("#id_may_teach").click()  # saves and navigates
    confirm_password(page)
    expect(page.locator("[data-consent=yes]")).to_be_visible()


def confirm_password(page: Page) -> None:
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("/")


def submit_drawing(page: Page, strokes: list[Any]) -> str:
    """Submit a drawing of the signed-in user, wait for its prediction, return its id."""
    return submit_drawings(page, [strokes])[0]


def submit_drawings(page: Page, inks: list[list[Any]]) -> list[str]:
    """Submit several drawings in one request. Return their ids in the same order."""
    drawings: list[dict[str, Any]] = page.evaluate(
        """async (inks) => {
          const { callApi } = await import("/static/js/api.js");
          const body = inks.map((strokes) => ({ strokes, pointer: "pen" }));
          return callApi("drawings/batch/?wait=15", { method: "POST", body });
        }""",
        inks,
    )
    assert {drawing["status"] for drawing in drawings} == {"recognized"}, drawings
    return [str(drawing["id"]) for drawing in drawings]
