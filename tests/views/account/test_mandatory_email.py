"""EMAIL_VERIFICATION=mandatory: no sign-in before an address is confirmed."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from recognizer.mail.delivery import MailDelivery
from recognizer.models import User
from tests.fixtures.users import PASSWORD, confirm_email

ADDRESS = "eva@example.org"


@pytest.fixture(autouse=True)
def mandatory(settings: Settings, db: None) -> None:
    cache.clear()
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]


def sign_up(browser: Client, email: str = ADDRESS) -> Any:
    fields = {"username": "eva", "password1": PASSWORD, "email": email}
    return browser.post("/accounts/signup/", fields)


def sign_in(browser: Client, name: str = "eva", next: str = "/") -> Any:
    return browser.post("/accounts/login/", {"login": name, "password": PASSWORD, "next": next})


def read_link() -> str:
    """Return the path of the newest link that was delivered."""
    MailDelivery().deliver_due()
    links = re.findall(r"https?://[^/]+(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))
    return str(links[-1])


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_sign_up_requires_an_address(anonymous: Client) -> None:
    assert sign_up(anonymous, email="").status_code == 200
    assert not User.objects.filter(username="eva").exists()


def test_a_new_user_confirms_and_signs_in(anonymous: Client) -> None:
    sign_up(anonymous)
    assert not is_signed_in(anonymous)
    sign_in(anonymous)
    assert not is_signed_in(anonymous)
    link = read_link()
    assert anonymous.get(link).status_code == 200
    anonymous.post(link)
    assert EmailAddress.objects.get(user__username="eva").verified
    sign_in(anonymous)
    assert is_signed_in(anonymous)


def test_a_link_works_in_another_browser_after_the_password(anonymous: Client) -> None:
    sign_up(anonymous)
    link, phone = read_link(), Client()
    login = phone.get(link)
    assert login["Location"].startswith("/accounts/login/?next=")
    response = sign_in(phone, next=link)
    assert response["Location"] == link
    phone.post(link)
    assert EmailAddress.objects.get(user__username="eva").verified


def test_the_holder_of_an_address_confirms_no_account_of_a_stranger(
    anonymous: Client, owner: User
) -> None:
    confirm_email(owner)
    sign_up(anonymous)
    holder = Client()
    sign_in(holder, owner.username)
    link = read_link()
    assert holder.post(link).status_code == 404
    assert not EmailAddress.objects.get(email=ADDRESS).verified


def test_users_with_a_confirmed_address_sign_in(anonymous: Client, owner: User) -> None:
    confirm_email(owner)
    sign_in(anonymous, owner.username)
    assert is_signed_in(anonymous)


def test_accounts_without_an_address_sign_in(anonymous: Client, db: None) -> None:
    User.objects.create_user("first", password=PASSWORD)
    sign_in(anonymous, "first")
    assert is_signed_in(anonymous)
