"""Guests are created by the first drawing, within limits, and never by a page view."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError
from django.test import Client

from recognizer.accounts.api_tokens import CannotMakeToken, create_token
from recognizer.accounts.roles import CannotSetRole, grant_role
from recognizer.models import User
from recognizer.realtime.authentication import identify_session
from tests.fixtures.users import SignIn
from tests.guests.conftest import create_guest, csrf_headers, request_guest, session_key

pytestmark = pytest.mark.django_db

JSON = "application/json"


@pytest.mark.parametrize("path", ["/", "/models/", "/how-it-works/", "/history/"])
def test_a_page_view_creates_no_user_and_no_session(anonymous: Client, path: str) -> None:
    anonymous.get(path)

    assert not User.objects.exists()
    assert not Session.objects.exists()


def test_the_first_drawing_creates_a_guest_with_a_session(visitor: Client) -> None:
    response = request_guest(visitor)

    guest = User.objects.get()
    assert response.status_code == 201
    assert response.json() == {"id": guest.pk, "username": ""}
    assert (guest.is_guest, guest.may_teach, guest.has_usable_password()) == (True, False, False)
    assert f'data-user="{guest.pk}"' in visitor.get("/").content.decode()


def test_a_second_request_returns_the_same_guest(visitor: Client, guest: User) -> None:
    assert create_guest(visitor) == 200
    assert list(User.objects.all()) == [guest]


def test_a_signed_in_user_gets_no_guest(owner: User, sign_in: SignIn) -> None:
    response = sign_in(owner).post("/api/v1/guests/", content_type=JSON)

    assert (response.status_code, response.json()["id"]) == (200, owner.pk)


@pytest.mark.parametrize(
    "headers", [{}, {"X-CSRFToken": "wrong"}, {"Origin": "https://elsewhere.example"}]
)
def test_refuses_a_request_of_another_site(visitor: Client, headers: dict[str, str]) -> None:
    sent = {**csrf_headers(visitor), **headers} if "Origin" in headers else headers
    response = visitor.post("/api/v1/guests/", content_type=JSON, headers=sent)

    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert not User.objects.exists()


def test_the_session_of_a_guest_has_a_new_key(visitor: Client) -> None:
    session = visitor.session
    session["anything"] = "before"
    session.save()
    before = session_key(visitor)

    assert create_guest(visitor) == 201
    assert session_key(visitor) != before
    assert not Session.objects.filter(session_key=before).exists()


def test_limits_the_guests_of_an_address(settings: Any) -> None:
    settings.GUESTS_PER_ADDRESS = 2
    browsers = [Client() for _ in range(4)]
    for browser in browsers:
        browser.get("/")
    statuses = [
        browser.post("/api/v1/guests/", content_type=JSON, REMOTE_ADDR="192.0.2.1").status_code
        for browser in browsers[:3]
    ]
    other = (
        browsers[3]
        .post("/api/v1/guests/", content_type=JSON, REMOTE_ADDR="198.51.100.1")
        .status_code
    )

    assert (statuses, other) == ([201, 201, 429], 201)


def test_limits_the_guests_of_all_addresses(settings: Any) -> None:
    settings.GUESTS_PER_HOUR = 2
    responses = [
        Client().post("/api/v1/guests/", content_type=JSON, REMOTE_ADDR=f"192.0.2.{number}")
        for number in range(3)
    ]

    assert [response.status_code for response in responses] == [201, 201, 429]
    assert float(responses[-1]["Retry-After"]) > 0


def test_guests_can_be_turned_off(anonymous: Client, settings: Any) -> None:
    settings.GUESTS = False

    response = anonymous.post("/api/v1/guests/", content_type=JSON)
    assert (response.status_code, response.json()["code"]) == (403, "guests_disabled")
    assert "landing" in anonymous.get("/").content.decode()


def test_turning_guests_off_closes_the_site_to_existing_ones(
    visitor: Client, guest: User, settings: Any
) -> None:
    settings.GUESTS = False

    assert visitor.get("/api/v1/drawings/").status_code == 401
    assert _identify(visitor) is None


def test_the_socket_identifies_a_guest_with_its_own_budget(visitor: Client, guest: User) -> None:
    identity = _identify(visitor)

    assert identity is not None
    assert identity.user == {"id": guest.pk, "username": ""}
    assert (identity.user_id, identity.payer) == (guest.pk, f"guest:{guest.pk}:127.0.0.1")


def test_a_guest_never_teaches(guest: User) -> None:
    guest.may_teach = True
    with pytest.raises(IntegrityError):
        guest.save()


def test_a_guest_has_no_tokens_and_no_roles(guest: User) -> None:
    with pytest.raises(CannotMakeToken):
        create_token(user=guest, name="program")
    for role in ("reviewer", "admin"):
        with pytest.raises(CannotSetRole):
            grant_role(user=guest, role=role)
    assert not guest.groups.exists()
    assert not guest.is_reviewer
    assert not guest.is_admin
    assert not guest.is_staff


def _identify(client: Client) -> Any:
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = [(b"cookie", cookie.encode()), (b"host", b"localhost")]
    client_address = ("127.0.0.1", 1)
    scope = {"path": "/ws/recognize/", "headers": headers, "client": client_address}
    return identify_session(scope)
