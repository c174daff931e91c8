"""Differences between two snapshots, also by GET snapshots/{id}/diff/{other}/."""

import json
from uuid import uuid4

import pytest

from recognizer.models import Drawing, Snapshot
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.diff import diff_snapshots
from tests.api.api_client import ApiClient, problem_code
from tests.snapshots.factories import (
    DIGITS,
    make_labelled_drawing,
    make_teaching_user,
    set_ground_truth,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def snapshot_pair(db: None) -> tuple[Snapshot, Snapshot]:
    """The second has a new 9 and no 1, a 2 became a 7, a 3 was redrawn, and a 4 is unchanged."""
    owner = make_teaching_user("anna")
    removed, relabelled, redrawn = (
        make_labelled_drawing(owner, 1),
        make_labelled_drawing(owner, 2),
        make_labelled_drawing(owner, 3),
    )
    make_labelled_drawing(owner, 4)
    first = build_snapshot(by=None)
    set_ground_truth(removed, 1, is_set_aside=True)
    set_ground_truth(relabelled, 7)
    Drawing.objects.filter(pk=redrawn.pk).update(revision=2, ink=json.dumps(DIGITS[8]))
    redrawn.refresh_from_db()
    set_ground_truth(redrawn, 3)
    make_labelled_drawing(owner, 9)
    return first, build_snapshot(by=None)


def test_counts_added_removed_and_changed_drawings(
    admin_api: ApiClient, snapshot_pair: tuple[Snapshot, Snapshot]
) -> None:
    first, second = snapshot_pair
    diff = admin_api.get(f"snapshots/{first.pk}/diff/{second.pk}/").json()
    assert (diff["from"], diff["to"]) == (str(first.pk), str(second.pk))
    assert {label: n for label, n in diff["added"].items() if n} == {"9": 1}
    assert {label: n for label, n in diff["removed"].items() if n} == {"1": 1}
    assert diff["relabelled"] == [{"from": 2, "to": 7, "drawings": 1}]
    assert (diff["redrawn"], diff["in_both"]) == (1, 3)


def test_the_reverse_diff_is_the_opposite(snapshot_pair: tuple[Snapshot, Snapshot]) -> None:
    diff, reverse = diff_snapshots(*snapshot_pair), diff_snapshots(*reversed(snapshot_pair))
    assert (reverse.added, reverse.removed) == (diff.removed, diff.added)
    assert [(one.old_label, one.new_label) for one in reverse.relabelled] == [(7, 2)]


def test_contains_examples_of_each_kind(snapshot_pair: tuple[Snapshot, Snapshot]) -> None:
    diff = diff_snapshots(*snapshot_pair)
    assert [item.label for item in diff.added_examples.load_items()] == [9]
    assert [item.label for item in diff.removed_examples.load_items()] == [1]
    changed = diff.relabelled_examples
    assert [(one.label, changed.old_labels[one.pk]) for one in changed.load_items()] == [(7, 2)]


def test_a_snapshot_equals_itself(snapshot_pair: tuple[Snapshot, Snapshot]) -> None:
    assert diff_snapshots(snapshot_pair[0], snapshot_pair[0]).is_empty
    assert not diff_snapshots(*snapshot_pair).is_empty


def test_both_snapshots_must_exist(
    admin_api: ApiClient, owner_api: ApiClient, snapshot_pair: tuple[Snapshot, Snapshot]
) -> None:
    there = snapshot_pair[0].pk
    for path in (f"{there}/diff/{uuid4()}/", f"{uuid4()}/diff/{there}/", f"{there}/diff/x/"):
        assert problem_code(admin_api.get(f"snapshots/{path}")) == (404, "not_found")
    assert problem_code(owner_api.get(f"snapshots/{there}/diff/{there}/")) == (
        403,
        "permission_denied",
    )
