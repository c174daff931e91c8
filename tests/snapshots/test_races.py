"""Concurrent builds of equal snapshots, and a build during an erasure."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from recognizer.maintenance.deleted_drawing_erasure import erase_deleted
from recognizer.models import Drawing, Snapshot, SnapshotDrawing, SnapshotItem, User
from recognizer.snapshots import build, drawing_copies
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.verification import verify_snapshot
from tests.fixtures.deadlines import deadline
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

THREAD_TIMEOUT_S = deadline(30)


def _run_concurrently(*calls: Callable[[], object]) -> None:
    """Call all functions in separate threads. An exception of one is raised here."""
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


def test_concurrent_equal_builds_create_one_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both builds have read everything before either freezes."""
    for n in range(10):
        make_labelled_drawing(make_teaching_user(f"user{n}"), n)
    barrier = threading.Barrier(2, timeout=THREAD_TIMEOUT_S)
    freeze = build._freeze_changes

    def freeze_together(*args: Any, **kwargs: Any) -> Snapshot:
        barrier.wait()
        return freeze(*args, **kwargs)

    monkeypatch.setattr("recognizer.snapshots.build._freeze_changes", freeze_together)
    snapshots: list[Snapshot] = []
    _run_concurrently(*[lambda: snapshots.append(build_snapshot(by=None))] * 2)
    assert len(snapshots) == 2
    assert snapshots[0] == snapshots[1]
    assert (Snapshot.objects.count(), SnapshotItem.objects.count()) == (1, 10)
    assert SnapshotDrawing.objects.count() == 10
    assert verify_snapshot(snapshots[0]).is_valid
    assert not User.objects.filter(split="").exclude(username="admin").exists()


def test_a_build_compares_with_a_snapshot_that_was_stored_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owner = make_teaching_user("anna")
    make_labelled_drawing(owner, 1)
    freeze, others = build._freeze_changes, list[Snapshot]()

    def freeze_after_another(*args: Any, **kwargs: Any) -> Snapshot:
        monkeypatch.setattr(build, "_freeze_changes", freeze)
        make_labelled_drawing(owner, 2)
        others.append(build_snapshot(by=None))
        make_labelled_drawing(owner, 3)
        return freeze(*args, **kwargs)

    monkeypatch.setattr(build, "_freeze_changes", freeze_after_another)
    snapshot = build_snapshot(by=None)
    labels = [sorted(one.items.values_list("label", flat=True)) for one in (*others, snapshot)]
    assert labels == [[1, 2], [1, 2, 3]]
    assert SnapshotItem.objects.count() == 3
    assert all(verify_snapshot(one).is_valid for one in (*others, snapshot))


def test_erasure_during_a_build_deletes_captured_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    """One drawing is erased before and one after its copy is captured."""
    owner = make_teaching_user("anna")
    before, after, kept = (
        make_labelled_drawing(owner, 1),
        make_labelled_drawing(owner, 2),
        make_labelled_drawing(owner, 3),
    )
    capture = drawing_copies.capture_drawings

    def erase(drawing: Drawing) -> None:
        long_ago = timezone.now() - timedelta(hours=1)
        Drawing.objects.filter(pk=drawing.pk).update(deleted_at=long_ago)
        assert erase_deleted() == 1

    def capture_between_erasures(*args: Any) -> Any:
        erase(before)
        captured = capture(*args)
        erase(after)
        return captured

    monkeypatch.setattr(
        "recognizer.snapshots.ground_truth_changes.capture_drawings", capture_between_erasures
    )
    snapshot = build_snapshot(by=None)
    with_ink = SnapshotDrawing.objects.exclude(ink="").values_list("drawing_id", flat=True)
    assert list(with_ink) == [kept.pk]
    lines = {item.drawing.drawing_id for item in snapshot.items.select_related("drawing")}
    assert lines == {after.pk, kept.pk}
    assert verify_snapshot(snapshot).is_valid
