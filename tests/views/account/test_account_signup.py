"""Sign-up and sign-in: fields, stored values, refusals, closed sign-up."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from recognizer.models import User

PASSWORD = "a-good-long-password"


@pytest.fixture(autouse=True)
def reset_login_attempts(db: None) -> None:
    cache.clear()


@pytest.mark.parametrize(("consent", "may_teach"), [({"may_teach": "on"}, True), ({}, False)])
def test_stores_the_consent_and_signs_in(
    anonymous: Client, consent: dict[str, str], may_teach: bool
) -> None:
    response = anonymous.post("/accounts/signup/", _filled(**consent))

    assert (response.status_code, response["Location"]) == (302, "/")
    user = User.objects.get(username="ada")
    assert (user.may_teach, user.email) == (may_teach, "")
    assert user.may_teach_decided_at is not None
    assert anonymous.get("/accounts/settings/").status_code == 200


def test_email_confirmation_is_optional(anonymous: Client) -> None:
    anonymous.post("/accounts/signup/", _filled(email="ada@example.org"))

    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    page = anonymous.get("/accounts/settings/").content.decode()
    assert 'data-email="ada@example.org" data-verified="false"' in page


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"username": ""}, "username", "required"),
        ({"username": "owner"}, "username", None),
        ({"email": "nonsense"}, "email", "invalid"),
        ({"password1": "short"}, "password1", "password_too_short"),
    ],
)
def test_field_errors_are_shown_next_to_the_field(
    anonymous: Client, owner: User, wrong: dict[str, str], field: str, code: str | None
) -> None:
    page = anonymous.post("/accounts/signup/", _filled(**wrong))

    assert page.context["form"].has_error(field, code)
    assert f'id="id_{field}_error"' in page.content.decode()
    assert not User.objects.filter(username="ada").exists()


def test_consent_is_explained_and_fields_have_autocomplete(anonymous: Client) -> None:
    page = anonymous.get("/accounts/signup/").content.decode()

    assert 'id="id_may_teach_helptext"' in page
    assert 'name="may_teach"' in page
    assert "checked" not in page.split('name="may_teach"')[1].split(">")[0]
    assert page.count('autocomplete="new-password"') == 1
    assert 'autocomplete="username"' in page


def test_sign_up_can_be_closed(anonymous: Client, settings: Settings) -> None:
    settings.SIGNUP_OPEN = False

    page = anonymous.get("/accounts/signup/").content.decode()
    assert 'data-error="signup_closed"' in page
    anonymous.post("/accounts/signup/", _filled())
    assert not User.objects.exists()
    assert "/accounts/signup/" not in anonymous.get("/accounts/login/").content.decode()


def test_failed_sign_in_does_not_reveal_usernames(anonymous: Client, owner: User) -> None:
    known = anonymous.post("/accounts/login/", {"login": "owner", "password": "wrong"})
    unknown = anonymous.post("/accounts/login/", {"login": "nobody", "password": "wrong"})

    errors = [page.context["form"].non_field_errors() for page in (known, unknown)]
    assert errors[0] == errors[1]
    assert errors[0]
    for page in (known, unknown):
        assert isinstance(page.wsgi_request.user, AnonymousUser)


@pytest.mark.parametrize("login", ["owner", "owner@example.org"])
def test_signs_in_with_username_or_email(anonymous: Client, owner: User, login: str) -> None:
    owner.emailaddress_set.create(email=owner.email, verified=True, primary=True)  # type: ignore[attr-defined]  # allauth's

    response = anonymous.post(
        "/accounts/login/?next=/history/",
        {"login": login, "password": PASSWORD, "next": "/history/"},
    )

    assert (response.status_code, response["Location"]) == (302, "/history/")


def test_refuses_a_redirect_to_another_site(anonymous: Client, owner: User) -> None:
    response = anonymous.post(
        "/accounts/login/",
        {"login": "owner", "password": PASSWORD, "next": "https://example.org/"},
    )

    assert (response.status_code, response["Location"]) == (302, "/")


def _filled(**changed: str) -> dict[str, Any]:
    return {
        "username": "ada",
        "email": "",
        "password1": PASSWORD,
        **changed,
    }
