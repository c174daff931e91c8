"""The drawings of a guest move to the account that the guest signs in to."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recognizer.accounts import guests
from recognizer.accounts.guests import create_guest, move_drawings
from recognizer.models import Drawing, Feed, User
from tests.api.factories import make_drawing, make_recognized_drawing
from tests.fixtures.users import PASSWORD
from tests.guests.conftest import sign_in_owner

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


class _Deadlock(Exception):
    sqlstate = "40P01"


def test_keeps_the_order_and_all_refs_that_are_free(owner: User) -> None:
    guest = create_guest()
    drawings = [make_drawing(guest) for _ in range(5)]
    taken = make_drawing(owner, ref=drawings[0].ref)

    move_drawings(guest=guest, user=owner)

    rows = list(Drawing.objects.order_by("cursor"))
    assert [row.pk for row in rows] == [taken.pk, *(drawing.pk for drawing in drawings)]
    assert [row.cursor for row in rows] == [1, 2, 3, 4, 5, 6]
    assert {row.owner for row in rows} == {owner}
    assert [row.ref for row in rows[2:]] == [drawing.ref for drawing in drawings[1:]]
    assert len({row.ref for row in rows}) == 6
    assert Feed.objects.get().cursor == 6
    assert not User.objects.filter(pk=guest.pk).exists()


def test_many_drawings_need_no_more_queries_than_few(owner: User) -> None:
    """The transaction blocks other writers, on SQLite all of them."""

    def count_queries(num_drawings: int) -> int:
        guest = create_guest()
        for _ in range(num_drawings):
            ref = make_drawing(owner).ref
            make_recognized_drawing(guest, claim=4, ref=ref)
        with CaptureQueriesContext(connection) as queries:
            move_drawings(guest=guest, user=owner)
        longest = max(len(query["sql"]) for query in queries)
        assert longest < 2_000
        return len(queries)

    assert count_queries(2) == count_queries(40)
    assert Drawing.objects.filter(owner=owner).count() == 84
    assert len(set(Drawing.objects.values_list("ref", flat=True))) == 84
    assert len(set(Drawing.objects.values_list("cursor", flat=True))) == 84


def test_does_not_move_the_drawings_of_an_account(owner: User) -> None:
    user = User.objects.create_user("outsider2", password=PASSWORD)
    drawing = make_drawing(user)

    move_drawings(guest=user, user=owner)

    assert Drawing.objects.get(pk=drawing.pk).owner == user


@pytest.mark.django_db(transaction=True)
def test_a_deleted_guest_is_no_error(owner: User) -> None:
    guest = create_guest()
    User.objects.filter(pk=guest.pk).delete()

    move_drawings(guest=guest, user=owner)

    assert not Feed.objects.filter(user_id=guest.pk).exists()


def test_tries_again_after_a_deadlock(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = make_drawing(create_guest())
    fail_first_move(monkeypatch, cause=_Deadlock())

    move_drawings(guest=drawing.owner, user=owner)

    assert Drawing.objects.get().owner == owner


def test_a_failed_move_keeps_the_sign_in_and_is_repeated(
    visitor: Client, guest: User, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = make_drawing(guest)
    fail_first_move(monkeypatch)

    assert sign_in_owner(visitor).status_code == 302
    assert Drawing.objects.get().owner == guest

    page = visitor.get("/api/v1/drawings/").json()
    assert [row["id"] for row in page["results"]] == [str(drawing.pk)]
    assert Drawing.objects.get().owner == owner
    assert "unmoved_guest" not in visitor.session


def fail_first_move(monkeypatch: pytest.MonkeyPatch, cause: Exception | None = None) -> None:
    """Let the first attempt of a move end with an error of the database."""
    lock_guest = guests._lock_guest

    def fail_once(guest: User) -> Any:
        monkeypatch.setattr(guests, "_lock_guest", lock_guest)
        raise OperationalError("broken") from cause

    monkeypatch.setattr(guests, "_lock_guest", fail_once)
