"""The drawing page without a network, and its service worker."""

import re
from typing import Any

import pytest
from django.contrib.messages import constants, get_messages
from django.test import Client

from recognizer.models import User
from tests.fixtures.users import SignIn

pytestmark = pytest.mark.django_db


def test_offline_page_shows_no_user(owner: User, sign_in: SignIn, anonymous: Client) -> None:
    response = sign_in(owner).get("/offline/")
    page = response.content.decode()
    assert owner.username not in page
    assert 'data-user=""' in page
    assert " data-offline" in page
    assert without_nonces(page) == without_nonces(anonymous.get("/offline/").content.decode())
    assert response.cookies == {}


def test_offline_page_keeps_messages_for_the_next_page(owner: User, sign_in: SignIn) -> None:
    browser = sign_in(owner)
    session = browser.session
    session["_messages"] = f'[["__json_message", 0, {constants.INFO}, "Saved."]]'
    session.save()
    browser.get("/offline/")
    response = browser.get("/history/")
    assert [str(message) for message in get_messages(response.wsgi_request)] or (
        "Saved." in response.content.decode()
    )


def test_offline_page_has_no_inline_code_without_nonce(anonymous: Client) -> None:
    response = anonymous.get("/offline/")
    for attributes in re.findall(r"<script([^>]*)>", response.content.decode()):
        assert re.search('src=|nonce="[^"]+"|type="application/json"', attributes)


def test_service_worker_is_one_script_for_all_users(
    owner: User, sign_in: SignIn, anonymous: Client
) -> None:
    response = sign_in(owner).get("/sw.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cache-Control"].startswith("public")
    assert "worker-src" not in response["Content-Security-Policy"]
    assert response.content == anonymous.get("/sw.js").content
    assert "/offline/" in response.content.decode()


@pytest.mark.parametrize("sources", [True, False])
def test_pages_register_it_unless_they_load_the_sources(
    anonymous: Client, settings: Any, sources: bool
) -> None:
    settings.STATIC_SOURCES = sources
    page = anonymous.get("/").content.decode()
    assert ('data-service-worker="/sw.js"' in page) is not sources


def without_nonces(page: str) -> str:
    return re.sub(r'nonce="[^"]*"', "", page)
