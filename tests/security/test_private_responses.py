"""Cache-Control of personal and of public responses."""

import pytest
from django.test import Client

from recognizer.accounts.api_tokens import create_token
from recognizer.models import User
from tests.fixtures.users import SignIn

pytestmark = pytest.mark.django_db

PERSONAL = [
    "/",
    "/history/",
    "/review/",
    "/admin/",
    "/admin/recognizer/drawing/",
    "/accounts/email/",
    "/accounts/2fa/",
    "/accounts/password/change/",
    "/models/",
    "/no/such/page/",
    "/api/v1/me/",
    "/api/v1/me/export/",
    "/api/v1/drawings/",
    "/api/v1/review/next/",
    "/api/v1/models/",
]


@pytest.mark.parametrize("path", PERSONAL)
def test_no_cache_keeps_a_response_to_a_signed_in_user(
    admin: User, sign_in: SignIn, path: str
) -> None:
    assert sign_in(admin).get(path)["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", [path for path in PERSONAL if path.startswith("/api/")])
def test_no_cache_keeps_a_response_to_a_token(anonymous: Client, owner: User, path: str) -> None:
    key = create_token(user=owner, name="script").key
    response = anonymous.get(path, headers={"Authorization": f"Token {key}"})
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/schema/"])
def test_public_responses_may_be_cached(anonymous: Client, path: str) -> None:
    assert "no-store" not in anonymous.get(path).get("Cache-Control", "")
