"""The front page: a landing page for everybody, the drawing page for who is signed in."""

import re
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from recognizer.models import User
from tests.fixtures.users import SignIn


def test_a_first_visit_explains_itself_and_offers_to_sign_up(anonymous: Client) -> None:
    page = anonymous.get("/").content.decode()
    assert "<h1>Draw a digit." in page
    assert page.count("/accounts/signup/") == 2
    assert "data-canvas" not in page


@pytest.mark.django_db
def test_nobody_is_invited_where_signing_up_is_switched_off(
    anonymous: Client, settings: Any
) -> None:
    settings.SIGNUP_OPEN = False
    page = anonymous.get("/").content.decode()
    assert "/accounts/signup/" not in page
    assert "/accounts/login/" in page


def test_who_is_signed_in_draws(owner: User, sign_in: SignIn) -> None:
    page = sign_in(owner).get("/").content.decode()
    assert "data-canvas" in page
    assert f'data-user="{owner.pk}"' in page
    assert page.count('class="key-button" type="button" data-label="') == 10


def test_it_sets_the_token_that_its_scripts_send(owner: User, sign_in: SignIn) -> None:
    assert "csrftoken" in sign_in(owner).get("/").cookies


@pytest.mark.parametrize("person", ["anonymous", "owner"])
def test_nothing_is_inline_without_a_nonce_and_nothing_comes_from_elsewhere(
    person: str, anonymous: Client, owner: User, sign_in: SignIn
) -> None:
    response = (sign_in(owner) if person == "owner" else anonymous).get("/")
    page = response.content.decode()
    assert re.findall(r"\son\w+=|\sstyle=|<style", page) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []
    for attributes in re.findall(r"<script([^>]*)>", page):
        assert "src=" in attributes or 'nonce="' in attributes
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]


def test_it_is_only_looked_at(owner: User, sign_in: SignIn) -> None:
    assert sign_in(owner).post("/").status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_a_browser_that_asks_for_the_old_icon_finds_the_real_one(anonymous: Client) -> None:
    response = anonymous.get("/favicon.ico")
    assert response.status_code == HTTPStatus.FOUND
    assert response["Location"] == "/static/img/icon.svg"
