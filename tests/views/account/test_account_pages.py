"""Account pages of allauth in the site's layout, without inline code."""

import re

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.cache import cache
from django.test import Client

from recognizer.mail.delivery import MailDelivery
from recognizer.models import User
from tests.fixtures.users import PASSWORD, SignIn, confirm_email, confirm_password

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
def test_public_page_uses_the_layout(anonymous: Client, path: str) -> None:
    _assert_layout(anonymous.get(f"/accounts/{path}", follow=True).content.decode())


@pytest.mark.parametrize("path", USER_PAGES)
def test_user_page_uses_the_layout(owner: User, sign_in: SignIn, path: str) -> None:
    browser = sign_in(owner)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    page = browser.get(f"/accounts/{path}", follow=True)

    assert page.status_code == 200
    _assert_layout(page.content.decode())


@pytest.mark.parametrize("path", USER_PAGES)
def test_user_page_redirects_anonymous_visitors(anonymous: Client, path: str) -> None:
    response = anonymous.get(f"/accounts/{path}")

    assert response.status_code == 302
    assert response["Location"].startswith(("/accounts/login/", "/"))


def test_password_reset_link_works_once(anonymous: Client, owner: User) -> None:
    confirm_email(owner)
    sent = anonymous.post("/accounts/password/reset/", {"email": owner.email}, follow=True)
    assert 'data-step="reset_sent"' in sent.content.decode()
    MailDelivery().deliver_due()
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
    assert link

    page = anonymous.get(link[0], follow=True)
    assert 'name="password2"' in page.content.decode()
    new = {"password1": "quite-another-password", "password2": "quite-another-password"}
    done = anonymous.post(page.redirect_chain[-1][0], new, follow=True)
    assert 'data-step="reset_done"' in done.content.decode()
    owner.refresh_from_db()
    assert owner.check_password("quite-another-password")
    used = Client().get(link[0], follow=True)
    assert 'data-error="invalid_link"' in used.content.decode()


def test_unverified_address_blocks_two_factor_setup(owner: User, sign_in: SignIn) -> None:
    owner.emailaddress_set.create(email=owner.email, verified=False)  # type: ignore[attr-defined]  # allauth's

    response = sign_in(owner).get("/accounts/2fa/totp/activate/", follow=True)

    assert response.redirect_chain[-1][0] == "/accounts/2fa/"
    page = response.content.decode()
    assert 'class="notice error"' in page
    assert "data-verify-email" in page


@pytest.mark.parametrize(
    ("path", "marker"),
    [
        ("2fa/", 'data-recovery-codes="10"'),
        ("2fa/totp/deactivate/", 'data-step="deactivate_totp"'),
        ("2fa/recovery-codes/", 'data-recovery-codes="10"'),
        ("2fa/recovery-codes/generate/", 'data-recovery-codes="10"'),
        ("settings/", 'data-recovery-codes="10"'),
    ],
)
def test_two_factor_page_shows_its_state(
    owner: User, sign_in: SignIn, path: str, marker: str
) -> None:
    TOTP.activate(owner, "A" * 32)
    RecoveryCodes.activate(owner)
    browser = sign_in(owner)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    page = browser.get(f"/accounts/{path}").content.decode()

    _assert_layout(page)
    assert marker in page


def test_recovery_code_works_once(anonymous: Client, owner: User) -> None:
    TOTP.activate(owner, "A" * 32)
    code = RecoveryCodes.activate(owner).get_unused_codes()[0]

    for expected in ("/", None):
        Client.logout(anonymous)
        first = anonymous.post("/accounts/login/", {"login": "owner", "password": PASSWORD})
        _assert_layout(anonymous.get(first["Location"]).content.decode())
        response = anonymous.post(first["Location"], {"code": code})
        assert response.get("Location") == expected
    assert response.context["form"].has_error("code")


def test_email_is_added_confirmed_and_removed(owner: User, sign_in: SignIn) -> None:
    browser = confirm_password(sign_in(owner))
    browser.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})
    link = re.search(r"/accounts/confirm-email/\S+", str(mail.outbox[0].body))
    assert link
    assert 'data-email="new@example.org"' in browser.get(link[0]).content.decode()

    browser.post(link[0])
    assert "new@example.org" in browser.get("/accounts/email/").content.decode()
    assert owner.emailaddress_set.get(email="new@example.org").verified  # type: ignore[attr-defined]  # allauth's
    unknown = browser.get("/accounts/confirm-email/x:y/")
    assert 'data-error="invalid_link"' in unknown.content.decode()
    for action in ("action_primary", "action_remove"):
        browser.post("/accounts/email/", {action: "", "email": "owner@example.org"})
    addresses = owner.emailaddress_set.values_list("email", flat=True)  # type: ignore[attr-defined]  # allauth's
    assert "new@example.org" in addresses


def _assert_layout(page: str) -> None:
    assert 'class="site-header"' in page
    assert "css/pages/account.css" in page
    assert INLINE.search(page) is None
    assert page.count("<h1") == 1
    for field in re.findall(r"<input[^>]*>", page):
        if 'type="hidden"' not in field and " hidden" not in field:
            identity = re.search(r'id="([^"]+)"', field)
            label = identity and re.search(f'<label[^>]* for="{identity[1]}"', page)
            assert label or 'name="theme"' in field, field
