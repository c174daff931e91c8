"""Limits on password attempts."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from recognizer.models import User
from tests.fixtures.users import PASSWORD, SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases, pytest.mark.slow]

LOGIN = "/accounts/login/"
MAX_ATTEMPTS = 5


@pytest.fixture(autouse=True)
def reset_login_attempts(db: None) -> None:
    cache.clear()


def _attempt_login(
    client: Client, name: str, password: str, path: str = LOGIN, **headers: str
) -> str:
    response = client.post(path, {"login": name, "password": password}, headers=headers)
    return response.content.decode() if response.status_code == 200 else str(response.status_code)


def test_locks_the_login_after_five_wrong_passwords(owner: User) -> None:
    for _ in range(MAX_ATTEMPTS):
        assert "not correct" in _attempt_login(Client(), "owner", "wrong")
    assert "Too many failed" in _attempt_login(Client(), "owner", PASSWORD)


def test_the_lock_does_not_affect_other_users(owner: User, outsider: User) -> None:
    for _ in range(MAX_ATTEMPTS + 1):
        _attempt_login(Client(), "owner", "wrong")
    assert _attempt_login(Client(), "outsider", PASSWORD) == "302"


def test_limits_logins_from_one_address(owner: User) -> None:
    pages = [_attempt_login(Client(), f"name{number}", "wrong") for number in range(31)]
    assert pages[-1] == "429" or "Too many failed" in pages[-1]


def test_ignores_a_forged_client_address(owner: User) -> None:
    for number in range(MAX_ATTEMPTS):
        _attempt_login(Client(), "owner", "wrong", **{"X-Forwarded-For": f"192.0.2.{number}"})
    page = _attempt_login(Client(), "owner", PASSWORD, **{"X-Forwarded-For": "192.0.2.99"})
    assert "Too many failed" in page


def test_the_admin_site_uses_the_login_of_the_site(admin: User) -> None:
    response = Client().post("/admin/login/", {"username": "admin", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, f"{LOGIN}?next=/admin/")
    for _ in range(MAX_ATTEMPTS):
        _attempt_login(Client(), "admin", "wrong", f"{LOGIN}?next=/admin/")
    assert "Too many failed" in _attempt_login(Client(), "admin", PASSWORD, f"{LOGIN}?next=/admin/")


def test_limits_reauthentication(owner: User, sign_in: SignIn) -> None:
    browser = sign_in(owner)
    for _ in range(10):
        browser.post("/accounts/reauthenticate/", {"password": "wrong"})
    response = browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert response.status_code in (200, 429)


def test_counts_attempts_in_the_database(owner: User) -> None:
    """No broker runs, so another process could only read the database."""
    for _ in range(MAX_ATTEMPTS):
        _attempt_login(Client(), "owner", "wrong")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM recognizer_cache")
        assert cursor.fetchone()[0] > 0
    assert "Too many failed" in _attempt_login(Client(), "owner", PASSWORD)
