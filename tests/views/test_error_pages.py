"""Error pages in the site's layout."""

import pytest
from allauth.core import ratelimit
from django.template import loader
from django.test import Client, RequestFactory
from django.utils.html import escape

from recognizer.accounts.sign_in import sign_in_limits
from recognizer.accounts.sign_in.attempt_limits import Limit

PAGES = {
    "400.html": "bad_request",
    "403.html": "permission_denied",
    "403_csrf.html": "csrf_failed",
    "404.html": "not_found",
    "500.html": "internal_error",
    "503.html": "unavailable",
}


@pytest.mark.parametrize(("template", "error"), PAGES.items())
def test_error_page_needs_no_user_and_no_database(template: str, error: str) -> None:
    page = loader.get_template(template).render()

    assert f'data-error="{error}"' in page
    assert page.count("<h1>") == 1
    assert "css/pages/error.css" in page
    assert "style=" not in page


@pytest.mark.django_db
def test_unknown_path_shows_the_404_page(anonymous: Client) -> None:
    response = anonymous.get("/no/such/path/")

    assert response.status_code == 404
    assert 'data-error="not_found"' in response.content.decode()


@pytest.mark.django_db
def test_form_without_csrf_token_shows_the_csrf_page() -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x"})

    assert response.status_code == 403
    assert 'data-error="csrf_failed"' in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "form", "kept"),
    [
        (
            "/accounts/login/?next=/history/",
            {"login": "<b>eva", "password": "secret-word", "remember": "on"},
            [("login", "<b>eva"), ("remember", "on")],
        ),
        (
            "/accounts/signup/",
            {
                "username": "eva",
                "email": "eva@example.org",
                "password1": "secret-word",
                "password2": "secret-word",
                "may_teach": "on",
            },
            [("username", "eva"), ("email", "eva@example.org"), ("may_teach", "on")],
        ),
    ],
    ids=["sign-in", "sign-up"],
)
def test_refused_attempt_names_the_wait_and_keeps_the_input(
    monkeypatch: pytest.MonkeyPatch, path: str, form: dict[str, str], kept: list[tuple[str, str]]
) -> None:
    limit = Limit(1, 90)
    for name in ("ACCOUNT_FAILURES_FROM_ADDRESS", "ADDRESS_SIGN_UPS"):
        monkeypatch.setattr(sign_in_limits, name, limit)
    Client().post(path, {**form, "username": "adam", "email": ""})
    response = Client().post(path, form)
    page = response.content.decode()
    assert response.status_code == 429
    assert 80 <= int(response["Retry-After"]) <= 90
    assert f'data-retry-after="{response["Retry-After"]}"' in page
    assert 'data-error="too_many_attempts"' in page
    assert f'action="{path}"' in page
    for name, value in kept:
        assert f'name="{name}" value="{escape(value)}"' in page
    assert "secret-word" not in page


@pytest.mark.django_db
def test_limit_of_the_sign_in_library_has_the_same_page() -> None:
    request = RequestFactory().post("/accounts/password/reset/", {"email": "eva@example.org"})
    response = ratelimit.respond_429(request)
    page = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert 'data-error="rate_limited"' in page
    assert 'value="eva@example.org"' in page
