"""The settings page: consent, tokens, export, deletion."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from recognizer.accounts.api_tokens import authenticate_token, create_token
from recognizer.models import ApiToken, Drawing, User
from tests.api.factories import make_recognized_drawing
from tests.fixtures.users import PASSWORD, SignIn, confirm_password

SETTINGS = "/accounts/settings/"
CHANGES = ["consent/", "tokens/", "tokens/1/revoke/", "delete/"]


@pytest.fixture(autouse=True)
def reset_login_attempts(db: None) -> None:
    cache.clear()


def test_anonymous_visitor_must_sign_in(anonymous: Client) -> None:
    responses = [anonymous.get(SETTINGS)] + [anonymous.post(SETTINGS + path) for path in CHANGES]

    assert {response.status_code for response in responses} == {302}
    assert all(response["Location"].startswith("/accounts/login/") for response in responses)


def test_consent_is_changed_with_its_date(owner: User, sign_in: SignIn) -> None:
    browser = confirm_password(sign_in(owner))

    browser.post(f"{SETTINGS}consent/", {"may_teach": "on"})
    owner.refresh_from_db()
    assert owner.may_teach
    assert owner.may_teach_decided_at is not None
    assert timezone.now() - owner.may_teach_decided_at < timedelta(minutes=1)

    page = browser.post(f"{SETTINGS}consent/", {}, follow=True).content.decode()
    owner.refresh_from_db()
    assert not owner.may_teach
    assert 'data-consent="no"' in page
    assert 'data-message="consent_saved"' in page


def test_token_key_is_shown_once(owner: User, sign_in: SignIn) -> None:
    browser = confirm_password(sign_in(owner))

    created = browser.post(f"{SETTINGS}tokens/", {"name": "a plotter", "expires_in_days": "7"})

    key = created.context["new_token"].key
    assert key in created.content.decode()
    assert "no-store" in created["Cache-Control"]
    assert authenticate_token(key) == owner
    token = ApiToken.objects.get()
    assert token.expires_at is not None
    assert timedelta(days=6) < token.expires_at - timezone.now() < timedelta(days=8)
    page = browser.get(SETTINGS).content.decode()
    assert key not in page
    assert f"{key[:8]}…" in page
    assert re.search(r'data-token="a plotter".+?data-last-used="\d{4}', page, re.S)


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "x" * 81}, {"expires_in_days": "-1"}, {"expires_in_days": "99999"}],
)
def test_refuses_an_invalid_token_form(owner: User, sign_in: SignIn, wrong: dict[str, str]) -> None:
    filled = {"name": "a plotter", "expires_in_days": "7"} | wrong

    page = confirm_password(sign_in(owner)).post(f"{SETTINGS}tokens/", filled)

    assert page.context["form"].errors
    assert 'class="errorlist"' in page.content.decode()
    assert not ApiToken.objects.exists()


def test_only_the_owner_revokes_a_token(owner: User, outsider: User, sign_in: SignIn) -> None:
    made = create_token(user=owner, name="a plotter")
    address = f"{SETTINGS}tokens/{made.token.pk}/revoke/"

    assert sign_in(outsider).post(address).status_code == 404
    assert authenticate_token(made.key) == owner
    assert sign_in(owner).get(address).status_code == 405
    sign_in(owner).post(address)
    assert authenticate_token(made.key) is None


def test_expired_token_is_marked(owner: User, sign_in: SignIn) -> None:
    made = create_token(user=owner, name="a plotter", days=1)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(days=1))

    assert 'data-status="expired"' in sign_in(owner).get(SETTINGS).content.decode()
    assert authenticate_token(made.key) is None


def test_deletion_needs_reauthentication_and_the_username(owner: User, sign_in: SignIn) -> None:
    make_recognized_drawing(owner)
    response = sign_in(owner).post(f"{SETTINGS}delete/", {"name": "owner"})
    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert User.objects.filter(pk=owner.pk).exists()

    browser = sign_in(owner)
    _reauthenticate(browser)
    page = browser.post(f"{SETTINGS}delete/", {"name": "somebody"})
    assert page.context["form"].has_error("name", "wrong_username")
    assert 'data-drawings="1"' in page.content.decode()
    assert User.objects.filter(pk=owner.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_deletion_erases_only_the_data_of_the_user(
    owner: User, outsider: User, sign_in: SignIn
) -> None:
    make_recognized_drawing(owner, claim=3)
    kept = make_recognized_drawing(outsider)
    browser = sign_in(owner)
    _reauthenticate(browser)

    left = browser.post(f"{SETTINGS}delete/", {"name": "owner"}, follow=True)

    assert 'data-message="account_deleted"' in left.content.decode()
    assert not User.objects.filter(username="owner").exists()
    assert list(Drawing.objects.all()) == [kept]
    assert browser.get(SETTINGS).status_code == 302


def test_last_admin_cannot_be_deleted(admin: User, sign_in: SignIn) -> None:
    browser = sign_in(admin)
    _reauthenticate(browser)

    page = browser.post(f"{SETTINGS}delete/", {"name": "admin"})

    assert page.context["form"].non_field_errors()
    assert User.objects.filter(username="admin").exists()


def _reauthenticate(browser: Client) -> Any:
    response = browser.post(
        "/accounts/reauthenticate/", {"password": PASSWORD, "next": f"{SETTINGS}delete/"}
    )
    assert response["Location"] == f"{SETTINGS}delete/"
    return response
