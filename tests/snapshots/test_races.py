"""Two at once: builds of the same truths, a build and an erasure."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from recognizer.drawings.trash import erase_deleted
from recognizer.models import Drawing, Snapshot, SnapshotDrawing, SnapshotItem, User
from recognizer.snapshots import build, snapshot_drawings
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.verification import verify_snapshot
from tests.fixtures.deadlines import deadline
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

THREAD_TIMEOUT_S = deadline(30)


def _run_concurrently(*calls: Callable[[], object]) -> None:
    """All calls in threads of their own; what one raises is raised here."""
    errors: list[BaseException] = []

    def run(call: Callable[[], object]) -> None:
        try:
            call()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(THREAD_TIMEOUT_S)
        assert not thread.is_alive()
    if errors:
        raise errors[0]


def test_two_builds_of_the_same_truths_are_one_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read everything before either seals."""
    for n in range(10):
        make_labelled_drawing(make_teaching_user(f"person{n}"), n)
    meeting = threading.Barrier(2, timeout=THREAD_TIMEOUT_S)
    seal = build.freeze_snapshot

    def seal_together(*args: Any, **kwargs: Any) -> Snapshot:
        meeting.wait()
        return seal(*args, **kwargs)

    monkeypatch.setattr("recognizer.snapshots.build.freeze_snapshot", seal_together)
    made: list[Snapshot] = []
    _run_concurrently(*[lambda: made.append(build_snapshot(by=None))] * 2)
    assert len(made) == 2
    assert made[0] == made[1]
    assert (Snapshot.objects.count(), SnapshotItem.objects.count()) == (1, 10)
    assert SnapshotDrawing.objects.count() == 10
    assert verify_snapshot(made[0]).is_valid
    assert not User.objects.filter(split="").exclude(username="admin").exists()


def test_no_ink_outlives_an_erasure_during_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """Erased after it was read and before its sample is taken, or after that: the ink is gone."""
    owner = make_teaching_user("anna")
    before, after, kept = (
        make_labelled_drawing(owner, 1),
        make_labelled_drawing(owner, 2),
        make_labelled_drawing(owner, 3),
    )
    take = snapshot_drawings.capture_drawings

    def erase(drawing: Drawing) -> None:
        long_ago = timezone.now() - timedelta(hours=1)
        Drawing.objects.filter(pk=drawing.pk).update(deleted_at=long_ago)
        assert erase_deleted() == 1

    def take_between_erasures(*args: Any) -> Any:
        erase(before)
        taken = take(*args)
        erase(after)
        return taken

    monkeypatch.setattr("recognizer.snapshots.build.capture_drawings", take_between_erasures)
    snapshot = build_snapshot(by=None)
    with_ink = SnapshotDrawing.objects.exclude(ink="").values_list("drawing_id", flat=True)
    assert list(with_ink) == [kept.pk]
    lines = {item.drawing.drawing_id for item in snapshot.items.select_related("drawing")}
    assert lines == {after.pk, kept.pk}
    assert verify_snapshot(snapshot).is_valid
