"""Sensitive actions ask for the password, and a new password or factor ends other sessions."""

import re
import time
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from recognizer.accounts.api_tokens import create_token
from recognizer.accounts.deletion import delete_account
from recognizer.mail.delivery import MailDelivery
from recognizer.models import ApiToken, User
from recognizer.realtime.authentication import (
    find_valid_identities,
    identify_session,
    identify_token,
)
from tests.api.api_client import ApiClient
from tests.fixtures.users import PASSWORD, SignIn, confirm_password

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "another-long-password"
SETTINGS = "/accounts/settings/"
CHANGE = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}


@pytest.fixture(autouse=True)
def empty_cache(db: None) -> None:
    cache.clear()


def _sign_in(name: str = "owner", password: str = PASSWORD) -> Client:
    """Sign in with the form, so that the session is listed."""
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": name, "password": password})
    assert answer.status_code == 302
    return browser


def _is_signed_in(browser: Client) -> bool:
    return browser.get(SETTINGS).status_code == 200


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/accounts/email/", {"action_add": "", "email": "thief@example.org"}),
        ("/accounts/email/", {"action_remove": "", "email": "owner@example.org"}),
        ("/accounts/email/", {"action_primary": "", "email": "owner@example.org"}),
        (f"{SETTINGS}tokens/", {"name": "thief", "expires_in_days": ""}),
        (f"{SETTINGS}consent/", {"may_teach": "on"}),
        (f"{SETTINGS}delete/", {"name": "owner"}),
        ("/accounts/2fa/totp/activate/", {"code": "123456"}),
        ("/accounts/2fa/recovery-codes/generate/", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_stolen_session_changes_nothing(
    owner: User, sign_in: SignIn, path: str, form: dict[str, str]
) -> None:
    owner.emailaddress_set.create(email=owner.email, verified=True, primary=True)  # type: ignore[attr-defined]
    answer = sign_in(owner).post(path, form)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    owner.refresh_from_db()
    assert not owner.may_teach
    assert not ApiToken.objects.exists()
    assert list(owner.emailaddress_set.values_list("email", flat=True)) == [owner.email]  # type: ignore[attr-defined]
    assert not mail.outbox


def test_stolen_session_exports_nothing(owner: User, sign_in: SignIn) -> None:
    browser = sign_in(owner)
    answer = browser.get(f"{SETTINGS}export/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert (
        browser.post("/api/v1/me/export/", {}, content_type="application/json").status_code == 400
    )
    confirm_password(browser)
    assert browser.get(f"{SETTINGS}export/")["Content-Type"] == "application/zip"


def test_confirmed_password_completes_the_suspended_action(owner: User, sign_in: SignIn) -> None:
    browser = sign_in(owner)
    refused = browser.post(f"{SETTINGS}tokens/", {"name": "script", "expires_in_days": "7"})
    answer = browser.post(refused["Location"], {"password": PASSWORD})
    assert ApiToken.objects.get().name == "script"
    assert answer.context["new_token"].key in answer.content.decode()


def _change_password(browser: Client, **fields: str) -> None:
    assert browser.post("/accounts/password/change/", {**CHANGE, **fields}).status_code == 302


def _reset_password(browser: Client, **fields: str) -> str:
    """Return the page with the form."""
    visitor = Client()
    visitor.post("/accounts/password/reset/", {"email": "owner@example.org"})
    MailDelivery().deliver_due()
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[-1].body))
    assert link
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, **fields}
    address = visitor.get(link[0])["Location"]
    page = visitor.get(address).text
    assert visitor.post(address, form).status_code == 302
    return page


def _activate_totp(browser: Client, **fields: str) -> None:
    confirm_password(browser)
    secret = browser.get("/accounts/2fa/totp/activate/").context["form"].secret
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    answer = browser.post("/accounts/2fa/totp/activate/", {"code": code, **fields})
    assert answer.status_code == 302


def _deactivate_totp(browser: Client, **fields: str) -> None:
    confirm_password(browser)
    TOTP.activate(User.objects.get(username="owner"), "A" * 32)
    assert browser.post("/accounts/2fa/totp/deactivate/", fields).status_code == 302


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "keeps_own_session"),
    [
        (_change_password, True),
        (_reset_password, False),
        (_activate_totp, True),
        (_deactivate_totp, True),
    ],
)
def test_change_ends_other_sessions_and_tokens(
    owner: User, change: Callable[[Client], Any], keeps_own_session: bool, sign_in: SignIn
) -> None:
    owner.emailaddress_set.create(email=owner.email, verified=True, primary=True)  # type: ignore[attr-defined]
    own, other, unlisted = _sign_in(), _sign_in(), sign_in(owner)
    key = create_token(user=owner, name="script").key
    sockets = [_socket_of(other), _socket_of(unlisted), identify_token(key)]
    change(own)
    assert _is_signed_in(own) == keeps_own_session
    assert not _is_signed_in(other)
    assert not _is_signed_in(unlisted)
    assert ApiClient(Client(), Authorization=f"Token {key}").get("me/").status_code == 401
    assert find_valid_identities([socket for socket in sockets if socket]) == set()


def _save_password(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    user.set_password(NEW_PASSWORD)
    user.save(update_fields=["password"])


def _run_changepassword(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda **_: NEW_PASSWORD)
    call_command("changepassword", user.username, stdout=StringIO())


def _remove_password(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    user.set_unusable_password()
    user.save()


def _deactivate_for_a_while(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for is_active in (False, True):
        user.is_active = is_active
        user.save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change", [_save_password, _run_changepassword, _remove_password, _deactivate_for_a_while]
)
def test_change_outside_of_the_pages_ends_sessions_and_tokens(
    owner: User,
    outsider: User,
    sign_in: SignIn,
    change: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed, unlisted, kept = _sign_in(), sign_in(owner), sign_in(outsider)
    create_token(user=owner, name="script")
    other = create_token(user=outsider, name="script").token
    change(owner, monkeypatch)
    assert not _is_signed_in(listed)
    assert not _is_signed_in(unlisted)
    assert _is_signed_in(kept)
    assert list(ApiToken.objects.all()) == [other]


def test_a_replaced_hash_keeps_tokens(owner: User, settings: Settings) -> None:
    hashers = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("MD5", "PBKDF2")]
    settings.PASSWORD_HASHERS = hashers
    create_token(user=owner, name="script")
    owner.password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    owner.save()
    _sign_in()
    assert User.objects.get(pk=owner.pk).password.startswith("md5")
    assert ApiToken.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [_change_password, _activate_totp, _deactivate_totp])
def test_tokens_are_kept_on_request(owner: User, change: Callable[..., Any]) -> None:
    key = create_token(user=owner, name="script").key
    own, other = _sign_in(), _sign_in()
    assert 'name="keep_tokens"' in own.get("/accounts/password/change/").content.decode()
    change(own, keep_tokens="on")
    assert not _is_signed_in(other)
    assert ApiClient(Client(), Authorization=f"Token {key}").get("me/").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("keeps", [True, False])
def test_a_reset_offers_to_keep_tokens(owner: User, keeps: bool) -> None:
    owner.emailaddress_set.create(email=owner.email, verified=True, primary=True)  # type: ignore[attr-defined]
    create_token(user=owner, name="script")
    page = _reset_password(Client(), **({"keep_tokens": "on"} if keeps else {}))
    assert 'name="keep_tokens"' in page
    assert ApiToken.objects.exists() == keeps
    _sign_in(password=NEW_PASSWORD)


def test_change_of_one_user_ends_no_session_of_another(owner: User, outsider: User) -> None:
    other = _sign_in("outsider")
    _change_password(_sign_in())
    assert _is_signed_in(other)


def test_sessions_are_listed_and_ended(owner: User, outsider: User) -> None:
    own, other, third, foreign = _sign_in(), _sign_in(), _sign_in(), _sign_in("outsider")
    page = own.get("/accounts/sessions/").content.decode()
    assert page.count('data-session="current"') == 1
    assert page.count('data-session="other"') == 2
    addresses = re.findall(r"/accounts/settings/sessions/\d+/end/", page)
    assert foreign.post(addresses[0]).status_code == 404
    assert own.post(addresses[0]).status_code == 302
    assert sorted([_is_signed_in(other), _is_signed_in(third)]) == [False, True]
    own.post("/accounts/sessions/")
    assert [_is_signed_in(browser) for browser in (own, other, third, foreign)] == [
        True,
        False,
        False,
        True,
    ]


@pytest.mark.django_db(transaction=True)
def test_deleted_account_leaves_no_session(owner: User, outsider: User) -> None:
    browsers = [_sign_in(), _sign_in()]
    kept = _sign_in("outsider")
    delete_account(user=owner)
    assert not any(_is_signed_in(browser) for browser in browsers)
    assert _is_signed_in(kept)
    stored = [session.get_decoded() for session in Session.objects.all()]
    assert "owner" not in str(stored)
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("path", ["/accounts/logout/", "/admin/logout/"])
def test_sign_out_empties_the_caches_of_the_browser(
    admin: User, sign_in: SignIn, path: str
) -> None:
    browser = sign_in(admin)
    answer = browser.post(path)
    assert answer["Clear-Site-Data"] == '"cache"'
    assert "no-store" in answer["Cache-Control"]
    assert "Clear-Site-Data" not in browser.get("/accounts/login/")


def _socket_of(browser: Client) -> Any:
    name = next(name for name in browser.cookies if name.startswith(("session", "__Host-session")))
    cookie = f"{name}={browser.cookies[name].value}"
    return identify_session({"path": "/ws/recognize/", "headers": [(b"cookie", cookie.encode())]})
