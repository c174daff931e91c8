"""Links to the next page behind proxies that do not pass the port."""

import pytest
from django.test import Client
from pytest_django import Settings

from recognizer.models import User
from tests.api.factories import make_recognized_drawing
from tests.fixtures.users import SignIn

ORIGINS = ["http://digits.example:8443", "http://localhost:8000"]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("digits.example:8443", "http://digits.example:8443"),
        ("digits.example", "http://digits.example:8443"),
        ("localhost", "http://localhost:8000"),
        ("localhost:9999", "http://localhost:9999"),
        ("other.example", "http://other.example"),
        ("[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_next_has_the_port_of_the_origin(
    owner: User, sign_in: SignIn, settings: Settings, host: str, expected: str
) -> None:
    settings.ALLOWED_HOSTS, settings.ORIGINS = ["*"], ORIGINS
    for _ in range(2):
        make_recognized_drawing(owner)
    browser: Client = sign_in(owner)

    link = browser.get("/api/v1/drawings/?limit=1", HTTP_HOST=host).json()["next"]

    assert link.startswith(f"{expected}/api/v1/drawings/?")
    assert "limit=1" in link
