"""A guest signs in while other tabs of the browser still draw: no deadlock, nothing is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection

from recognizer.accounts.guests import create_guest, move_drawings
from recognizer.ingest import drawing_batch_upsert
from recognizer.models import Drawing, LabelSource, User
from recognizer.review import owner_claims
from tests.api.factories import make_drawing
from tests.fixtures.deadlines import deadline
from tests.pipeline.factories import make_submission, store_drawings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

NUM_WAITING_SQL = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as executor:
        yield executor


@pytest.fixture
def guest(owner: User) -> User:
    """Return a guest with one drawing. `owner` exists before it, and signs in."""
    guest = create_guest()
    make_drawing(guest)
    return guest


def _store(guest: User) -> None:
    store_drawings(make_submission(guest))


def _claim(guest: User) -> None:
    drawing = Drawing.objects.get(owner=guest)
    owner_claims.set_claim(
        owner_id=guest.pk, drawing_id=drawing.pk, value=3, source=LabelSource.SOCKET
    )


@pytest.mark.parametrize(
    ("write", "module", "step"),
    [(_store, drawing_batch_upsert, "_upsert_rows"), (_claim, owner_claims, "load_drawing")],
    ids=["drawing", "claim"],
)
def test_waits_for_a_write_of_the_guest(
    guest: User,
    owner: User,
    threads: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[User], None],
    module: Any,
    step: str,
) -> None:
    """The write has locked the feed and continues while the move waits."""
    has_locked, may_continue = threading.Event(), threading.Event()
    do_step = getattr(module, step)

    def pause(*args: Any) -> Any:
        has_locked.set()
        assert may_continue.wait(deadline(30))
        return do_step(*args)

    monkeypatch.setattr(module, step, pause)
    writing = threads.submit(_run, lambda: write(guest))
    assert has_locked.wait(deadline(30))
    moving = threads.submit(_run, lambda: move_drawings(guest=guest, user=owner))
    _wait_for_lock_or_end(moving)
    may_continue.set()

    writing.result(deadline(30))
    moving.result(deadline(30))
    assert set(Drawing.objects.values_list("owner", flat=True)) == {owner.pk}
    assert Drawing.objects.count() == (2 if write is _store else 1)
    assert not User.objects.filter(pk=guest.pk).exists()


def test_moves_all_that_is_stored_before_the_end_of_the_guest(
    owner: User, threads: ThreadPoolExecutor
) -> None:
    for _ in range(10):
        _draw_during_a_move(create_guest(), owner, threads)


def _draw_during_a_move(guest: User, owner: User, threads: ThreadPoolExecutor) -> None:
    before = Drawing.objects.count()
    stop = threading.Event()
    storing = threads.submit(_run, lambda: _store_until(stop, guest))
    _wait_until(lambda: Drawing.objects.filter(owner=guest).exists())
    try:
        move_drawings(guest=guest, user=owner)
    finally:
        stop.set()
    num_stored = storing.result(deadline(30))
    assert Drawing.objects.filter(owner=owner).count() == before + num_stored


def _store_until(stop: threading.Event, guest: User) -> int:
    """Store drawings of a guest until it is deleted. Return their number."""
    num_stored = 0
    while not stop.is_set() and User.objects.filter(pk=guest.pk).exists():
        try:
            _store(guest)
        except IntegrityError:  # the guest was deleted in the meantime
            break
        num_stored += 1
    return num_stored


def _run(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()


def _wait_for_lock_or_end(moving: Future[Any]) -> None:
    """Wait until PostgreSQL lets the move wait. On SQLite, the open write blocks all others."""
    if connection.vendor == "postgresql":
        _wait_until(lambda: moving.done() or _count_waiting() > 0)


def _count_waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(NUM_WAITING_SQL)
        return int(cursor.fetchone()[0])


def _wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + deadline(30)
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)
