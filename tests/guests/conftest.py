"""A visitor of the drawing page, with the CSRF token that its requests need."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from recognizer.models import User
from tests.fixtures.users import PASSWORD


@pytest.fixture
def visitor(db: None) -> Client:
    """Return an anonymous browser that has opened the front page and checks CSRF tokens."""
    client = Client(enforce_csrf_checks=True)
    client.get("/")
    return client


@pytest.fixture
def guest(visitor: Client) -> User:
    """Return the guest of the visitor."""
    assert create_guest(visitor) == 201
    return User.objects.get(is_guest=True)


def csrf_headers(client: Client) -> dict[str, str]:
    return {"X-CSRFToken": client.cookies[settings.CSRF_COOKIE_NAME].value}


def create_guest(client: Client) -> int:
    """Request a guest, as the first drawing does. Return the status."""
    status: int = request_guest(client).status_code
    return status


def request_guest(client: Client, **headers: str) -> Any:
    sent = headers or csrf_headers(client)
    return client.post("/api/v1/guests/", content_type="application/json", headers=sent)


def session_key(client: Client) -> str:
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie.value if cookie else ""


def sign_in_owner(client: Client, password: str = PASSWORD) -> Any:
    form = {"login": "owner", "password": password}
    return client.post("/accounts/login/", form, headers=csrf_headers(client))
