"""Unconfirmed addresses count for nothing; links and notifications of e-mails."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from recognizer.accounts.email_addresses import find_confirmed_holder
from recognizer.mail.delivery import MailDelivery
from recognizer.models import MailKind, OutgoingMail, User
from tests.fixtures.users import PASSWORD, SignIn, confirm_email

ADDRESS = "eva@example.org"
NEW_PASSWORD = "quite-another-password"


@pytest.fixture(autouse=True)
def reset_rate_limits(db: None) -> None:
    cache.clear()


@pytest.mark.parametrize("typed", [ADDRESS, ADDRESS.upper(), f" {ADDRESS} "])
@pytest.mark.parametrize("is_confirmed", [True, False])
def test_signs_in_with_a_confirmed_address_only(
    owner: User, is_confirmed: bool, typed: str
) -> None:
    _add_address(owner, is_confirmed=is_confirmed)

    response = Client().post("/accounts/login/", {"login": typed, "password": PASSWORD})

    assert response.status_code == (302 if is_confirmed else 200)


@pytest.mark.parametrize("typed", [ADDRESS, ADDRESS.upper()])
def test_resets_through_a_confirmed_address_only(owner: User, outsider: User, typed: str) -> None:
    _add_address(owner, is_confirmed=False)
    User.objects.filter(pk=outsider.pk).update(email=ADDRESS)
    assert _request_reset(typed) is None

    EmailAddress.objects.filter(user=owner).update(verified=True)
    link = _request_reset(typed)
    assert link is not None
    _set_password(link)
    owner.refresh_from_db()
    assert owner.check_password(NEW_PASSWORD)


def test_requests_for_all_addresses_do_the_same_work(owner: User, outsider: User) -> None:
    """The response, the queries and the stored row do not depend on the address."""
    confirm_email(owner)
    _add_address(outsider, is_confirmed=False)
    seen = []
    for address in (owner.email, ADDRESS, "nobody@example.org"):
        OutgoingMail.objects.all().delete()
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            response = Client().post("/accounts/password/reset/", {"email": address})
        statements = [query["sql"].split(" ")[0] for query in queries.captured_queries]
        row = OutgoingMail.objects.get()
        seen.append((response.status_code, response["Location"], statements, row.kind, row.body))

    assert seen[0] == seen[1] == seen[2]
    assert seen[0][3] == MailKind.RESET


@pytest.mark.parametrize("holder", ["confirmed", "unconfirmed", "nobody"])
def test_sign_up_does_not_show_who_has_an_address(owner: User, holder: str) -> None:
    if holder != "nobody":
        _add_address(owner, is_confirmed=holder == "confirmed")

    response = _sign_up(Client())

    assert (response.status_code, response["Location"]) == (302, "/")
    assert not EmailAddress.objects.get(user__username="eva").verified
    assert [message.to for message in mail.outbox] == [[ADDRESS]]


def test_the_owner_of_an_address_takes_it_from_other_accounts(owner: User) -> None:
    """An account that was registered with the address of another user gives nothing."""
    _add_address(owner, is_confirmed=False)
    browser = Client()
    _sign_up(browser)
    link = re.search(r"http\S+/accounts/confirm-email/\S+", str(mail.outbox[0].body))
    assert link

    browser.post(link[0])

    assert find_confirmed_holder(ADDRESS) == User.objects.get(username="eva")
    assert not EmailAddress.objects.filter(user=owner).exists()
    owner.refresh_from_db()
    assert owner.email == ""


def test_a_link_confirms_an_address_of_the_signed_in_user_only(
    owner: User, sign_in: SignIn
) -> None:
    """The owner of an address follows the link that the sign-up of another user has sent."""
    _sign_up(Client())
    link = re.search(r"/accounts/confirm-email/\S+", str(mail.outbox[0].body))
    assert link

    assert Client().post(link[0])["Location"].startswith("/accounts/login/")
    other = sign_in(owner)
    assert 'data-error="invalid_link"' in other.get(link[0]).content.decode()
    assert other.post(link[0]).status_code == 404
    assert other.get("/accounts/settings/").status_code == 200

    assert find_confirmed_holder(ADDRESS) is None
    confirmed = sign_in(User.objects.get(username="eva")).post(link[0])
    assert confirmed.status_code == 302
    assert find_confirmed_holder(ADDRESS) is not None


def test_an_admin_confirms_an_address_with_the_same_effect(
    owner: User, outsider: User, admin: User, sign_in: SignIn
) -> None:
    _add_address(owner, is_confirmed=False)
    mine = _add_address(outsider, is_confirmed=False)
    form = {"action": "make_verified", "_selected_action": [str(mine.pk)]}
    browser = sign_in(admin)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    browser.post("/admin/account/emailaddress/", form)

    assert find_confirmed_holder(ADDRESS) == outsider
    assert not EmailAddress.objects.filter(user=owner).exists()


def test_a_confirmed_address_cannot_be_confirmed_again(owner: User, outsider: User) -> None:
    _add_address(owner, is_confirmed=True)

    other = EmailAddress.objects.create(user=outsider, email=ADDRESS)

    assert not other.set_verified()
    assert find_confirmed_holder(ADDRESS) == owner


@pytest.mark.parametrize("host", ["evil.example", "localhost:6666", "testserver"])
def test_links_have_the_address_of_the_site(owner: User, settings: Settings, host: str) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://digits.example:8443"
    confirm_email(owner)

    _sign_up(Client(), HTTP_HOST=host)
    Client().post("/accounts/password/reset/", {"email": owner.email}, HTTP_HOST=host)
    Client().post("/accounts/password/reset/", {"email": "x@example.org"}, HTTP_HOST=host)
    MailDelivery().deliver_due()

    assert len(mail.outbox) == 3
    for message in mail.outbox:
        text = f"{message.subject} {message.body}"
        assert set(re.findall(r"https?://[^/\s]+", text)) == {"https://digits.example:8443"}
        assert host not in text


def test_changes_are_notified_to_confirmed_addresses(owner: User, sign_in: SignIn) -> None:
    confirm_email(owner)
    EmailAddress.objects.create(user=owner, email="unconfirmed@example.org")
    browser = sign_in(owner)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    new = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    browser.post("/accounts/password/change/", new)

    assert [message.to for message in mail.outbox] == [[owner.email]]


def test_a_new_token_is_notified(owner: User, sign_in: SignIn) -> None:
    confirm_email(owner)
    browser = sign_in(owner)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    browser.post("/accounts/settings/tokens/", {"name": "laptop", "expires_in_days": "7"})

    assert [message.to for message in mail.outbox] == [[owner.email]]
    assert "laptop" in str(mail.outbox[0].body)


def test_an_added_and_a_removed_address_are_notified(owner: User, sign_in: SignIn) -> None:
    old = confirm_email(owner)
    browser = sign_in(owner)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.post("/accounts/email/", {"action_add": "", "email": ADDRESS})
    link = re.search(r"http\S+/accounts/confirm-email/\S+", str(mail.outbox[0].body))
    assert link

    browser.post(link[0])
    assert [message.to for message in mail.outbox[1:]] == [[old]]
    browser.post("/accounts/email/", {"action_primary": "", "email": ADDRESS})
    mail.outbox.clear()
    browser.post("/accounts/email/", {"action_remove": "", "email": old})
    assert sorted(message.to[0] for message in mail.outbox) == [ADDRESS, old]


def test_a_site_without_mail_server_offers_no_email(
    owner: User, sign_in: SignIn, settings: Settings
) -> None:
    settings.EMAIL_ENABLED = False
    confirm_email(owner)
    anonymous, browser = Client(), sign_in(owner)

    reset = anonymous.post("/accounts/password/reset/", {"email": owner.email})
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.post("/accounts/email/", {"action_add": "", "email": ADDRESS})

    assert 'data-error="email_disabled"' in reset.content.decode()
    assert 'name="email"' not in reset.content.decode()
    assert 'name="email"' not in anonymous.get("/accounts/signup/").content.decode()
    assert "/accounts/password/reset/" not in anonymous.get("/accounts/login/").content.decode()
    assert not EmailAddress.objects.filter(email=ADDRESS).exists()
    assert _sign_up(anonymous).status_code == 302
    assert not OutgoingMail.objects.exists()
    assert mail.outbox == []


def _add_address(user: User, *, is_confirmed: bool) -> EmailAddress:
    address: EmailAddress = EmailAddress.objects.create(
        user=user, email=ADDRESS, verified=is_confirmed, primary=True
    )
    User.objects.filter(pk=user.pk).update(email=ADDRESS)
    return address


def _request_reset(address: str) -> str | None:
    """Return the link of the e-mail, or None for an e-mail without a link."""
    cache.clear()
    mail.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": address})
    MailDelivery().deliver_due()
    assert [message.to[0].lower() for message in mail.outbox] == [ADDRESS]
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
    return link[0] if link else None


def _set_password(link: str) -> None:
    browser = Client()
    page = browser.get(link, follow=True)
    new = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    browser.post(page.redirect_chain[-1][0], new)


def _sign_up(browser: Client, **headers: Any) -> Any:
    form = {"username": "eva", "email": ADDRESS, "password1": NEW_PASSWORD}
    return browser.post("/accounts/signup/", {**form, "password2": NEW_PASSWORD}, **headers)
