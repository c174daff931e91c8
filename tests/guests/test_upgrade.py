"""A guest becomes an account, or its drawings move to an existing one."""

from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from recognizer.accounts.guests import begin_upgrade
from recognizer.models import Drawing, Feed, User
from tests.api.factories import make_drawing, make_recognized_drawing
from tests.fixtures.users import PASSWORD
from tests.guests.conftest import csrf_headers, session_key, sign_in_owner

pytestmark = pytest.mark.django_db

FORM = {"username": "ada", "email": "", "password1": PASSWORD}


def test_an_upgrade_keeps_the_row_the_drawings_and_the_claims(visitor: Client, guest: User) -> None:
    drawing = make_recognized_drawing(guest, claim=4)
    before = Drawing.objects.values().get(pk=drawing.pk)

    response = _sign_up(visitor, may_teach="on")

    assert (response.status_code, response["Location"]) == (302, "/")
    user = User.objects.get()
    assert (user.pk, user.username, user.is_guest, user.may_teach) == (guest.pk, "ada", False, True)
    assert user.check_password(PASSWORD)
    assert user.date_joined > guest.date_joined
    assert Drawing.objects.values().get() == before
    assert 'data-message="drawings_kept"' in visitor.get("/").content.decode()
    assert visitor.get("/accounts/settings/").status_code == 200


def test_an_upgrade_starts_a_new_session(visitor: Client, guest: User) -> None:
    before = session_key(visitor)
    thief = Client(
        headers={"Cookie": "; ".join(m.OutputString() for m in visitor.cookies.values())}
    )

    _sign_up(visitor)

    assert session_key(visitor) != before
    assert not Session.objects.filter(session_key=before).exists()
    assert thief.get("/api/v1/drawings/").status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "admin"},
        {"username": "guest:1"},
        {"username": "owner"},
        {"password1": "12345"},
    ],
)
def test_an_error_keeps_what_was_typed_and_the_guest(
    visitor: Client, guest: User, owner: User, wrong: dict[str, str]
) -> None:
    response = _sign_up(visitor, may_teach="on", **wrong)

    page = response.content.decode()
    for value in {**FORM, **wrong}.values():
        assert not value or f'value="{value}"' in page
    assert "checked" in page.split('name="may_teach"')[1].split(">")[0]
    guest.refresh_from_db()
    assert guest.is_guest
    assert visitor.get("/api/v1/drawings/").status_code == 200


def test_a_guest_is_upgraded_once(guest: User) -> None:
    first = begin_upgrade(guest)
    assert first is not None
    first.username = "ada"
    first.save()

    assert begin_upgrade(guest) is None


def test_an_upgrade_clears_the_roles(visitor: Client, guest: User, roles: dict[str, Group]) -> None:
    guest.groups.add(*roles.values())
    User.objects.update(is_staff=True, is_superuser=True)

    _sign_up(visitor)

    user = User.objects.get()
    assert (user.is_guest, user.is_staff, user.is_superuser) == (False, False, False)
    assert not user.groups.exists()


def test_signing_in_moves_the_drawings_to_the_account(
    visitor: Client, guest: User, owner: User
) -> None:
    own = make_drawing(owner)
    drawing = make_recognized_drawing(guest, claim=4)
    session = session_key(visitor)

    response = sign_in_owner(visitor)

    assert response.status_code == 302
    assert session_key(visitor) != session
    moved = Drawing.objects.get(pk=drawing.pk)
    assert (moved.owner, moved.ref, moved.claim) == (owner, drawing.ref, 4)
    assert moved.cursor == Feed.objects.get(user=owner).cursor > own.cursor
    assert moved.labels.get().author == owner
    assert list(User.objects.all()) == [owner]
    assert 'data-message="drawings_moved"' in visitor.get("/").content.decode()
    assert not Session.objects.filter(session_key=session).exists()


def test_a_wrong_password_moves_nothing(visitor: Client, guest: User, owner: User) -> None:
    drawing = make_recognized_drawing(guest)

    sign_in_owner(visitor, password="wrong")

    assert Drawing.objects.get(pk=drawing.pk).owner == guest
    assert visitor.get("/api/v1/drawings/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_hashes_the_password_outside_of_a_transaction(
    visitor: Client, guest: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashing may wait for seconds, while a transaction blocks other writers."""
    in_transaction = []
    encode = MD5PasswordHasher.encode

    def encode_and_note(self: MD5PasswordHasher, password: str, salt: str) -> str:
        in_transaction.append(connection.in_atomic_block)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", encode_and_note)
    _sign_up(visitor)

    guest.refresh_from_db()
    assert not guest.is_guest
    assert guest.check_password(PASSWORD)
    assert in_transaction
    assert not any(in_transaction)


def _sign_up(browser: Client, **changed: str) -> Any:
    form = {**FORM, **changed}
    return browser.post("/accounts/signup/", form, headers=csrf_headers(browser))
