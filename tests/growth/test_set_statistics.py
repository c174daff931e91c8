"""The pages of a training set read its lines once: when it is created."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recognizer.models import Label, Snapshot, User
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.diff import diff_json, diff_snapshots
from recognizer.snapshots.set_statistics import count_excluded, list_top_contributors
from recognizer.snapshots.snapshot_drawing_erasure import erase_snapshot_drawings
from tests.review.factories import append_label, make_teaching_drawing

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def sets(owner: User, outsider: User, reviewer: User) -> tuple[Snapshot, Snapshot]:
    """The second set has a drawing more, and one with another label."""
    drawings = [make_teaching_drawing(user) for user in (owner, owner, outsider, owner)]
    for drawing in drawings[:3]:
        append_label(drawing, reviewer, 3)
    first = build_snapshot(by=None)
    append_label(drawings[0], reviewer, 5)
    append_label(drawings[3], reviewer, 3)
    return first, build_snapshot(by=None)


def _find_item_queries(call: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        call()
    return [one["sql"] for one in queries if "recognizer_snapshotitem" in one["sql"]]


def test_a_difference_from_the_previous_set_is_stored(sets: tuple[Snapshot, Snapshot]) -> None:
    for first, second in (sets, sets[::-1]):
        assert _find_item_queries(lambda: diff_snapshots(first, second)) == []  # noqa: B023
        stored = diff_snapshots(first, second)
        cache.clear()
        compared = diff_snapshots(first, second)
        assert stored == compared
        assert diff_json(stored) == diff_json(compared)
        assert not stored.is_empty
        assert stored.relabelled_examples.load_items()


def test_excluded_drawings_are_counted_by_user_once(
    sets: tuple[Snapshot, Snapshot], owner: User, reviewer: User
) -> None:
    snapshot = sets[1]

    def find_counts() -> list[str]:
        return [
            sql for sql in _find_item_queries(lambda: count_excluded(snapshot)) if "GROUP BY" in sql
        ]

    assert find_counts() == []
    assert _find_item_queries(lambda: list_top_contributors(snapshot)) == []
    assert count_excluded(snapshot) == {"erased": 0, "withdrawn": 0, "suspended": 0}
    User.objects.filter(pk=owner.pk).update(may_teach=False)
    User.objects.filter(pk=reviewer.pk).update(reviews_suspended_at=timezone.now())
    assert find_counts() == []
    assert count_excluded(snapshot) == {"erased": 0, "withdrawn": 3, "suspended": 4}
    User.objects.filter(pk=owner.pk).update(may_teach=True)
    drawing = owner.drawings.earliest("pk")
    ids = [drawing.pk]
    drawing.delete()
    assert erase_snapshot_drawings(ids) == 1
    assert count_excluded(snapshot) == {"erased": 1, "withdrawn": 0, "suspended": 3}
    assert find_counts() == []


@pytest.mark.parametrize(("is_label_deleted", "suspended"), [(True, 4), (False, 0)])
def test_the_deletion_of_a_reviewer_counts_labels_again(
    sets: tuple[Snapshot, Snapshot], reviewer: User, is_label_deleted: bool, suspended: int
) -> None:
    labels: Any = Label.objects.filter(author=reviewer)
    if is_label_deleted:
        labels.delete()
    reviewer.delete()
    assert count_excluded(sets[1])["suspended"] == suspended
