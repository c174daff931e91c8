"""Lines that consecutive snapshots share are stored once."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.utils import timezone

from recognizer.maintenance.deleted_drawing_erasure import erase_deleted
from recognizer.models import Drawing, GroundTruth, Snapshot, SnapshotItem, User
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.diff import SnapshotDiff, diff_snapshots
from recognizer.snapshots.set_statistics import count_excluded
from recognizer.snapshots.verification import verify_snapshot
from tests.snapshots.archive_files import import_file, write_archive
from tests.snapshots.factories import (
    DIGITS,
    make_labelled_drawing,
    make_teaching_user,
    set_ground_truth,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NUM_ROUNDS, CHANGES_PER_ROUND = 12, 4


def test_a_snapshot_stores_only_lines_that_the_previous_one_does_not_have() -> None:
    owner = make_teaching_user("anna")
    drawings = [make_labelled_drawing(owner, n) for n in range(5)]
    first = build_snapshot(by=None)
    set_ground_truth(drawings[1], 9)
    set_ground_truth(drawings[2], 2, is_set_aside=True)
    second = build_snapshot(by=None)
    assert SnapshotItem.objects.count() == 5 + 1
    assert sorted(first.items.values_list("label", flat=True)) == [0, 1, 2, 3, 4]
    assert sorted(second.items.values_list("label", flat=True)) == [0, 3, 4, 9]
    assert all(verify_snapshot(one).is_valid for one in (first, second))


def test_restored_ground_truth_gives_the_earlier_snapshot() -> None:
    owner = make_teaching_user("anna")
    drawing, _ = make_labelled_drawing(owner, 1), make_labelled_drawing(owner, 2)
    first = build_snapshot(by=None)
    Drawing.objects.filter(pk=drawing.pk).update(status="failed")
    second = build_snapshot(by=None)
    Drawing.objects.filter(pk=drawing.pk).update(status="recognized")
    assert build_snapshot(by=None) == first
    make_labelled_drawing(owner, 3)
    third = build_snapshot(by=None)
    labels = [sorted(one.items.values_list("label", flat=True)) for one in (first, second, third)]
    assert labels == [[1, 2], [2], [1, 2, 3]]
    assert all(verify_snapshot(one).is_valid for one in (first, second, third))


def test_a_new_secret_key_gives_all_users_new_pseudonyms(settings: LazySettings) -> None:
    owner = make_teaching_user("anna")
    make_labelled_drawing(owner, 1)
    first = build_snapshot(by=None)
    settings.SECRET_KEY = "another secret key of this site" * 2
    make_labelled_drawing(owner, 2)
    second = build_snapshot(by=None)
    (old,) = first.items.values_list("user_pseudonym", flat=True)
    (new,) = set(second.items.values_list("user_pseudonym", flat=True))
    assert new != old
    assert (second.items.count(), second.counts["users"]) == (2, first.counts["users"])


def test_a_redrawn_drawing_with_the_same_label_is_another_line() -> None:
    drawing = make_labelled_drawing(make_teaching_user("anna"), 1)
    first = build_snapshot(by=None)
    Drawing.objects.filter(pk=drawing.pk).update(revision=2, ink=json.dumps(DIGITS[7]))
    GroundTruth.objects.update(revision=2)
    second = build_snapshot(by=None)
    assert [_contents(one)[str(drawing.pk)] for one in (first, second)] == [(1, 1), (2, 1)]


def test_drawings_of_users_who_are_not_established_any_more_are_left_out(
    settings: LazySettings,
) -> None:
    users = [make_teaching_user(f"user{n}") for n in range(4)]
    for n, user in enumerate(users):
        make_labelled_drawing(user, n)
    first = build_snapshot(by=None)
    assert first.counts["users"]["holdout"]
    settings.HOLDOUT_MIN_ACCOUNT_DAYS = 1
    second = build_snapshot(by=None)
    assert second.counts["users"] == {**first.counts["users"], "holdout": 0}
    assert verify_snapshot(second).is_valid
    settings.HOLDOUT_MIN_ACCOUNT_DAYS = 0
    assert build_snapshot(by=None) == first


@pytest.mark.parametrize("export_format", ["idx", "jsonl"])
def test_an_imported_snapshot_is_compared_in_any_order(export_format: str) -> None:
    """An IDX file has the training drawings first, so its drawings are not sorted by id."""
    users = [make_teaching_user(f"user{n}") for n in range(4)]
    drawings = [
        make_labelled_drawing(users[n % 4], n, ink="", picture="pictures/x.png") for n in range(8)
    ]
    first = build_snapshot(by=None)
    assert all(first.counts["users"].values())
    imported = import_file(write_archive(first, export_format))
    for n, drawing in enumerate(drawings):
        set_ground_truth(drawing, n + 1)
    second = build_snapshot(by=None)
    assert diff_snapshots(first, imported).is_empty
    diff = diff_snapshots(imported, second)
    assert (sum(diff.added), sum(diff.removed), diff.in_both) == (0, 0, 8)
    assert diff.relabel_counter == {(n, n + 1): 1 for n in range(8)}


def test_random_changes_keep_all_snapshots_correct() -> None:
    """After each of many builds, every snapshot can be verified, the differences are those of the
    two lists of drawings, and the statistics are those of a complete count."""
    rng = random.Random(5)
    users = [make_teaching_user(f"user{n}") for n in range(4)]
    for n in range(12):
        make_labelled_drawing(users[n % 4], n % 10)
    snapshots = [build_snapshot(by=None)]
    contents = [_contents(snapshots[0])]
    for _ in range(NUM_ROUNDS):
        for _ in range(CHANGES_PER_ROUND):
            _change_something(rng, users)
        snapshot = build_snapshot(by=None)
        if snapshot not in snapshots:
            snapshots.append(snapshot)
            contents.append(_contents(snapshot))
        assert build_snapshot(by=None) == snapshot
        stored = count_excluded(snapshot)
        cache.clear()
        assert count_excluded(snapshot) == stored
    assert len(snapshots) > NUM_ROUNDS / 2
    for snapshot, content in zip(snapshots, contents, strict=True):
        assert verify_snapshot(snapshot).is_valid
        assert _contents(snapshot) == content
        assert snapshot.num_items == len(content)
        for other, other_content in zip(snapshots, contents, strict=True):
            _check_diff(diff_snapshots(snapshot, other), content, other_content)


def _change_something(rng: random.Random, users: list[User]) -> None:
    drawing = rng.choice(list(Drawing.objects.filter(deleted_at=None).order_by("pk")))
    match rng.randrange(7):
        case 0:
            make_labelled_drawing(rng.choice(users), rng.randrange(11))
        case 1:
            set_ground_truth(drawing, rng.randrange(11))
        case 2:
            set_ground_truth(drawing, 4, is_set_aside=True)
        case 3:
            ink = json.dumps(DIGITS[rng.randrange(11)])
            Drawing.objects.filter(pk=drawing.pk).update(revision=drawing.revision + 1, ink=ink)
            drawing.refresh_from_db()
            set_ground_truth(drawing, rng.randrange(11))
        case 4:
            long_ago = timezone.now() - timedelta(days=1)
            Drawing.objects.filter(pk=drawing.pk).update(deleted_at=long_ago)
            erase_deleted()
        case 5:
            user = rng.choice(users)
            User.objects.filter(pk=user.pk).update(may_teach=rng.random() < 0.7)
        case _:
            Drawing.objects.filter(pk=drawing.pk).update(status="failed")
            build_snapshot(by=None)
            Drawing.objects.filter(pk=drawing.pk).update(status="recognized")


def _contents(snapshot: Snapshot) -> dict[str, tuple[int, int]]:
    """Return the revision and the label of each drawing."""
    rows = snapshot.items.values_list("drawing__drawing_id", "drawing__revision", "label")
    return {str(id): (revision, label) for id, revision, label in rows}


def _check_diff(
    diff: SnapshotDiff, first: dict[str, tuple[int, int]], second: dict[str, tuple[int, int]]
) -> None:
    both = first.keys() & second.keys()
    added = Counter(label for id, (_, label) in second.items() if id not in both)
    removed = Counter(label for id, (_, label) in first.items() if id not in both)
    labels = Counter((first[id][1], second[id][1]) for id in both)
    assert diff.added == [added[label] for label in range(11)]
    assert diff.removed == [removed[label] for label in range(11)]
    assert +diff.relabel_counter == {pair: n for pair, n in labels.items() if pair[0] != pair[1]}
    assert diff.redrawn == sum(first[id][0] != second[id][0] for id in both)
    assert diff.in_both == len(both)
