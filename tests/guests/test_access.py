"""Guests use their drawings and the public pages, and nothing of an account."""

from typing import Any

import pytest
from django.test import Client

from recognizer import rate_limits
from recognizer.models import User
from recognizer.payers import address_payer, user_payer
from recognizer.rate_limits import RateLimited
from tests.api.factories import make_recognized_drawing
from tests.guests.conftest import csrf_headers

pytestmark = pytest.mark.django_db

ACCOUNT_PAGES = [
    "/accounts/settings/",
    "/accounts/settings/delete/",
    "/accounts/email/",
    "/accounts/password/set/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/sessions/",
    "/review/",
    "/training/",
    "/admin/",
]


def test_a_guest_has_drawings_and_a_history(visitor: Client, guest: User) -> None:
    drawing = make_recognized_drawing(guest)

    assert visitor.get(f"/history/{drawing.pk}/").status_code == 200
    assert visitor.get("/history/").status_code == 200
    assert visitor.get(f"/how-it-works/?drawing={drawing.pk}").status_code == 200
    claim = visitor.post(
        f"/api/v1/drawings/{drawing.pk}/claim/",
        {"claim": 4},
        "application/json",
        headers=csrf_headers(visitor),
    )
    assert claim.status_code == 200


@pytest.mark.parametrize("path", ACCOUNT_PAGES)
def test_pages_of_accounts_ask_a_guest_to_sign_in(visitor: Client, guest: User, path: str) -> None:
    response = visitor.get(path)

    assert response.status_code == 302
    assert "login/" in response["Location"]


@pytest.mark.parametrize("path", ["me/", "models/", "review/next/", "snapshots/"])
def test_other_api_routes_refuse_a_guest(visitor: Client, guest: User, path: str) -> None:
    assert visitor.get(f"/api/v1/{path}").status_code == 401


def test_changes_of_the_account_are_refused(visitor: Client, guest: User) -> None:
    headers = csrf_headers(visitor)
    visitor.post("/accounts/settings/consent/", {"may_teach": "on"}, headers=headers)
    visitor.post("/accounts/settings/tokens/", {"name": "program"}, headers=headers)
    visitor.post("/accounts/password/set/", {"password1": "x-long-one"}, headers=headers)
    visitor.delete("/api/v1/me/", headers=headers)

    guest.refresh_from_db()
    assert not guest.may_teach
    assert not guest.has_usable_password()
    assert not guest.api_tokens.exists()


def test_a_drawing_of_another_user_is_missing(visitor: Client, guest: User, owner: User) -> None:
    drawing = make_recognized_drawing(owner)

    assert visitor.get(f"/history/{drawing.pk}/").status_code == 404
    assert visitor.get(f"/api/v1/drawings/{drawing.pk}/").status_code == 404


def test_a_guest_spends_from_a_smaller_budget(settings: Any) -> None:
    settings.DRAWINGS_BURST = 10
    settings.GUEST_BUDGET_FRACTION = 0.5
    payer = user_payer(7, is_guest=True, address="192.0.2.1")

    rate_limits.consume_tokens(payer, 5)
    with pytest.raises(RateLimited):
        rate_limits.consume_tokens(payer, 1)
    rate_limits.consume_tokens(7, 10)


def test_a_guest_stores_less(settings: Any) -> None:
    settings.GUEST_STORED_BYTES = 100
    payer = user_payer(7, is_guest=True, address="192.0.2.1")

    rate_limits.consume_stored_bytes(payer, 100)
    with pytest.raises(RateLimited):
        rate_limits.consume_stored_bytes(payer, 1)
    rate_limits.consume_stored_bytes(7, 1_000)


def test_the_guests_of_an_address_share_its_budget(settings: Any) -> None:
    """An address may create many guests, which together get no more than visitors without one."""
    settings.DRAWINGS_BURST = 10
    settings.GUEST_BUDGET_FRACTION = 0.5
    payers = [user_payer(n, is_guest=True, address="2001:db8::1") for n in range(21)]

    for payer in payers[:20]:
        rate_limits.consume_tokens(payer, 5)
    with pytest.raises(RateLimited):
        rate_limits.consume_tokens(payers[20], 1)
    assert rate_limits.seconds_until_affordable(payers[20], 1) > 0
    rate_limits.consume_tokens(user_payer(30, is_guest=True, address="192.0.2.1"), 5)


def test_visitors_do_not_spend_the_budget_of_guests(settings: Any) -> None:
    settings.DRAWINGS_BURST = 1
    rate_limits.consume_tokens(address_payer("192.0.2.1"), 10)
    with pytest.raises(RateLimited):
        rate_limits.consume_tokens(address_payer("192.0.2.1"), 1)
    rate_limits.consume_tokens(user_payer(7, is_guest=True, address="192.0.2.1"), 0.5)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8::1", "2001:db8::ffff:1"),
        ("2001:db8:0:1::", "2001:db8:0:1:2:3:4:5%eth0"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_client_with_many_addresses_has_one_budget(settings: Any, one: str, other: str) -> None:
    settings.GUEST_STORED_BYTES = 100
    guest = [user_payer(7, is_guest=True, address=address) for address in (one, other)]
    rate_limits.consume_stored_bytes(guest[0], 100)
    with pytest.raises(RateLimited):
        rate_limits.consume_stored_bytes(guest[1], 1)
    assert address_payer(one) == address_payer(other)
    assert address_payer(one) != address_payer("2001:db8:0:2::")


def test_a_guest_has_one_budget_at_all_addresses(settings: Any) -> None:
    settings.GUEST_STORED_BYTES = 100
    rate_limits.consume_stored_bytes(user_payer(7, is_guest=True, address="192.0.2.1"), 100)
    with pytest.raises(RateLimited):
        rate_limits.consume_stored_bytes(user_payer(7, is_guest=True, address="192.0.2.2"), 1)


def test_the_guests_of_an_address_store_no_more_than_a_user(settings: Any) -> None:
    settings.GUEST_STORED_BYTES = 100
    settings.STORED_BYTES_PER_DAY = 250
    payers = [user_payer(n, is_guest=True, address="192.0.2.1") for n in range(3)]

    for payer in payers[:2]:
        rate_limits.consume_stored_bytes(payer, 100)
    with pytest.raises(RateLimited):
        rate_limits.consume_stored_bytes(payers[2], 100)
    other = user_payer(7, is_guest=True, address="192.0.2.2")
    rate_limits.consume_stored_bytes(other, 100)
