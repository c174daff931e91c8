"""Every page of allauth stands in this site's frame, and nothing inline breaks its policy."""

import re

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.cache import cache
from django.test import Client

from recognizer.models import User
from tests.fixtures.users import PASSWORD, SignIn

PUBLIC_PAGES = ["login/", "signup/", "password/reset/", "password/reset/done/", "inactive/"]
USER_PAGES = [
    "logout/",
    "email/",
    "password/change/",
    "reauthenticate/",
    "2fa/",
    "2fa/totp/activate/",
    "2fa/webauthn/",
    "2fa/webauthn/add/",
    "2fa/recovery-codes/generate/",
    "settings/",
    "settings/delete/",
]
INLINE = re.compile(r"<script(?![^>]*(nonce=|src=|application/json))|\son\w+=|\sstyle=", re.I)


@pytest.fixture(autouse=True)
def reset_login_attempts(db: None) -> None:
    cache.clear()


@pytest.mark.parametrize("path", PUBLIC_PAGES)
def test_a_page_for_everybody_is_in_the_frame(anonymous: Client, path: str) -> None:
    _assert_framed(anonymous.get(f"/accounts/{path}", follow=True).content.decode())


@pytest.mark.parametrize("path", USER_PAGES)
def test_a_page_for_people_is_in_the_frame(owner: User, sign_in: SignIn, path: str) -> None:
    browser = sign_in(owner)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    page = browser.get(f"/accounts/{path}", follow=True)

    assert page.status_code == 200
    _assert_framed(page.content.decode())


@pytest.mark.parametrize("path", USER_PAGES)
def test_a_page_for_people_is_not_for_nobody(anonymous: Client, path: str) -> None:
    answer = anonymous.get(f"/accounts/{path}")

    assert answer.status_code == 302
    assert answer["Location"].startswith(("/accounts/login/", "/"))


def test_a_forgotten_password_is_chosen_anew_by_a_link_that_works_once(
    anonymous: Client, owner: User
) -> None:
    asked = anonymous.post("/accounts/password/reset/", {"email": owner.email}, follow=True)
    assert "Look into your mail" in asked.content.decode()
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
    assert link

    page = anonymous.get(link[0], follow=True)
    assert "Choose a new password" in page.content.decode()
    new = {"password1": "quite-another-password", "password2": "quite-another-password"}
    done = anonymous.post(page.redirect_chain[-1][0], new, follow=True)
    assert "Your password is changed" in done.content.decode()
    owner.refresh_from_db()
    assert owner.check_password("quite-another-password")
    assert "This link no longer works" in Client().get(link[0], follow=True).content.decode()


def test_an_unknown_address_is_answered_alike(anonymous: Client) -> None:
    page = anonymous.post("/accounts/password/reset/", {"email": "x@example.org"}, follow=True)

    assert "Look into your mail" in page.content.decode()


def test_an_unconfirmed_address_keeps_the_second_step_away_and_says_why(
    owner: User, sign_in: SignIn
) -> None:
    owner.emailaddress_set.create(email=owner.email, verified=False)  # type: ignore[attr-defined]  # allauth's

    page = sign_in(owner).get("/accounts/2fa/totp/activate/", follow=True).content.decode()

    assert "First confirm your e-mail address, or remove it." in page
    assert "confirmed or removed" in page


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("2fa/", "10 left"),
        ("2fa/totp/deactivate/", "Switch off the authenticator app?"),
        ("2fa/recovery-codes/", "10 of 10 are left"),
        ("2fa/recovery-codes/generate/", "The 10 you still have stop working."),
        ("settings/", "10 left"),
    ],
)
def test_a_page_about_the_second_step_is_in_the_frame(
    owner: User, sign_in: SignIn, path: str, told: str
) -> None:
    TOTP.activate(owner, "A" * 32)
    RecoveryCodes.activate(owner)
    browser = sign_in(owner)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    page = browser.get(f"/accounts/{path}").content.decode()

    _assert_framed(page)
    assert told in page


def test_a_recovery_code_is_a_second_step_once(anonymous: Client, owner: User) -> None:
    TOTP.activate(owner, "A" * 32)
    code = RecoveryCodes.activate(owner).get_unused_codes()[0]

    for expected in ("/", None):
        Client.logout(anonymous)
        asked = anonymous.post("/accounts/login/", {"login": "owner", "password": PASSWORD})
        _assert_framed(anonymous.get(asked["Location"]).content.decode())
        answer = anonymous.post(asked["Location"], {"code": code})
        assert answer.get("Location") == expected
    assert "This code is not right." in answer.content.decode()


def test_an_e_mail_is_added_confirmed_and_removed(owner: User, sign_in: SignIn) -> None:
    browser = sign_in(owner)
    browser.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})
    link = re.search(r"/accounts/confirm-email/\S+", str(mail.outbox[0].body))
    assert link
    assert "Is <strong>new@example.org</strong>" in browser.get(link[0]).content.decode()

    browser.post(link[0])
    assert "new@example.org" in browser.get("/accounts/email/").content.decode()
    assert owner.emailaddress_set.get(email="new@example.org").verified  # type: ignore[attr-defined]  # allauth's
    assert "no longer works" in Client().get("/accounts/confirm-email/x:y/").content.decode()
    for action in ("action_primary", "action_remove"):
        browser.post("/accounts/email/", {action: "", "email": "owner@example.org"})
    addresses = owner.emailaddress_set.values_list("email", flat=True)  # type: ignore[attr-defined]  # allauth's
    assert "new@example.org" in addresses


def _assert_framed(page: str) -> None:
    assert 'class="site-header"' in page
    assert "css/account.css" in page
    assert INLINE.search(page) is None
    assert page.count("<h1") == 1
    for field in re.findall(r"<input[^>]*>", page):
        if 'type="hidden"' not in field and " hidden" not in field:
            identity = re.search(r'id="([^"]+)"', field)
            label = identity and re.search(f'<label[^>]* for="{identity[1]}"', page)
            assert label or 'name="theme"' in field, field
