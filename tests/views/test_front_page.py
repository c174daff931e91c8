"""The front page: the drawing page, or a landing page for anonymous visitors without guests."""

import re
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from recognizer.models import User
from tests.fixtures.users import SignIn


@pytest.mark.django_db
def test_visitor_sees_the_drawing_page(anonymous: Client) -> None:
    page = anonymous.get("/").content.decode()
    assert "data-canvas" in page
    assert 'data-user=""' in page


@pytest.mark.django_db
def test_landing_page_has_a_canvas_and_links_to_sign_up(anonymous: Client, settings: Any) -> None:
    settings.GUESTS = False
    page = anonymous.get("/").content.decode()
    assert 'class="page landing"' in page
    assert page.count("/accounts/signup/") == 2
    assert "data-canvas" in page
    assert 'id="champion"' in page


@pytest.mark.django_db
def test_no_sign_up_link_if_sign_up_is_closed(anonymous: Client, settings: Any) -> None:
    settings.SIGNUP_OPEN = False
    page = anonymous.get("/").content.decode()
    assert "/accounts/signup/" not in page
    assert "/accounts/login/" in page


def test_user_sees_the_drawing_page(owner: User, sign_in: SignIn) -> None:
    page = sign_in(owner).get("/").content.decode()
    assert "data-canvas" in page
    assert f'data-user="{owner.pk}"' in page
    assert page.count('class="key-button" type="button" data-label="') == 10


def test_sets_the_csrf_cookie(owner: User, sign_in: SignIn) -> None:
    assert settings.CSRF_COOKIE_NAME in sign_in(owner).get("/").cookies


@pytest.mark.parametrize("role", ["anonymous", "owner"])
def test_has_no_inline_code_and_no_foreign_resources(
    role: str, anonymous: Client, owner: User, sign_in: SignIn
) -> None:
    response = (sign_in(owner) if role == "owner" else anonymous).get("/")
    page = response.content.decode()
    assert re.findall(r"\son\w+=|\sstyle=|<style", page) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []
    for attributes in re.findall(r"<script([^>]*)>", page):
        assert re.search('src=|nonce="|type="application/json"', attributes)
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]


def test_refuses_post(owner: User, sign_in: SignIn) -> None:
    assert sign_in(owner).post("/").status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_favicon_redirects_to_the_icon(anonymous: Client) -> None:
    response = anonymous.get("/favicon.ico")
    assert response.status_code == HTTPStatus.FOUND
    assert response["Location"] == "/static/img/icon.svg"
