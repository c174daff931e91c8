"""Signing up: what it asks, what it stores, what it refuses, and whether it is open."""

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


@pytest.mark.parametrize(("answer", "may_teach"), [({"may_teach": "on"}, True), ({}, False)])
def test_it_stores_the_answer_and_its_date_and_logs_in_at_once(
    anonymous: Client, answer: dict[str, str], may_teach: bool
) -> None:
    response = anonymous.post("/accounts/signup/", _filled(**answer))

    assert (response.status_code, response["Location"]) == (302, "/")
    user = User.objects.get(username="ada")
    assert (user.may_teach, user.email) == (may_teach, "")
    assert user.may_teach_decided_at is not None
    assert anonymous.get("/accounts/settings/").status_code == 200


def test_an_e_mail_is_asked_to_be_confirmed_but_need_not_be(anonymous: Client) -> None:
    anonymous.post("/accounts/signup/", _filled(email="ada@example.org"))

    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    assert "not confirmed" in anonymous.get("/accounts/settings/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"username": ""}, "username", "This field is required."),
        ({"username": "owner"}, "username", "A user with that username already exists."),
        ({"email": "nonsense"}, "email", "Enter a valid email address."),
        ({"password1": "short", "password2": "short"}, "password1", "This password is too short"),
        ({"password2": "another one"}, "password2", "You must type the same password each time."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    anonymous: Client, owner: User, wrong: dict[str, str], field: str, sentence: str
) -> None:
    page = anonymous.post("/accounts/signup/", _filled(**wrong)).content.decode()

    beside = page.index(f'id="id_{field}_error"')
    assert 0 < page.index(sentence, beside) - beside < 200
    assert not User.objects.filter(username="ada").exists()


def test_it_says_what_teaching_means_and_how_fields_fill_themselves(anonymous: Client) -> None:
    page = anonymous.get("/accounts/signup/").content.decode()

    assert "My drawings may teach the network" in page
    assert "without your name" in page
    assert 'name="may_teach"' in page
    assert "checked" not in page.split('name="may_teach"')[1].split(">")[0]
    assert page.count('autocomplete="new-password"') == 2
    assert 'autocomplete="username"' in page


def test_it_can_be_closed(anonymous: Client, settings: Settings) -> None:
    settings.SIGNUP_OPEN = False

    assert "New accounts are closed" in anonymous.get("/accounts/signup/").content.decode()
    anonymous.post("/accounts/signup/", _filled())
    assert not User.objects.exists()
    assert "New here?" not in anonymous.get("/accounts/login/").content.decode()


def test_a_wrong_password_does_not_say_whether_the_name_exists(
    anonymous: Client, owner: User
) -> None:
    known = anonymous.post("/accounts/login/", {"login": "owner", "password": "wrong"})
    unknown = anonymous.post("/accounts/login/", {"login": "nobody", "password": "wrong"})

    for page in (known, unknown):
        assert "not correct" in page.content.decode()
        assert isinstance(page.wsgi_request.user, AnonymousUser)


@pytest.mark.parametrize("login", ["owner", "owner@example.org"])
def test_name_and_e_mail_both_log_in(anonymous: Client, owner: User, login: str) -> None:
    owner.emailaddress_set.create(email=owner.email, verified=True, primary=True)  # type: ignore[attr-defined]  # allauth's

    answer = anonymous.post(
        "/accounts/login/?next=/history/",
        {"login": login, "password": PASSWORD, "next": "/history/"},
    )

    assert (answer.status_code, answer["Location"]) == (302, "/history/")


def test_one_is_never_sent_to_another_site(anonymous: Client, owner: User) -> None:
    answer = anonymous.post(
        "/accounts/login/",
        {"login": "owner", "password": PASSWORD, "next": "https://example.org/"},
    )

    assert (answer.status_code, answer["Location"]) == (302, "/")


def _filled(**changed: str) -> dict[str, Any]:
    return {
        "username": "ada",
        "email": "",
        "password1": PASSWORD,
        "password2": PASSWORD,
        **changed,
    }
