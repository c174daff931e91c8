"""Two snapshots compared: GET snapshots/{id}/diff/{other}/."""

import json
from uuid import uuid4

import pytest

from recognizer.models import Drawing, Snapshot
from recognizer.snapshots import build_snapshot, diff_snapshots
from tests.api.calling import Api, code_of
from tests.snapshots.agreed import DIGITS, agreed, judge, teacher

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def two(db: None) -> tuple[Snapshot, Snapshot]:
    """Between them: a 9 came, a 1 went, a 2 became a 7, a 3 was drawn on; a 4 stayed."""
    owner = teacher("anna")
    gone, mistaken, grown = agreed(owner, 1), agreed(owner, 2), agreed(owner, 3)
    agreed(owner, 4)
    first = build_snapshot(by=None)
    judge(gone, 1, is_set_aside=True)
    judge(mistaken, 7)
    Drawing.objects.filter(pk=grown.pk).update(revision=2, ink=json.dumps(DIGITS[8]))
    grown.refresh_from_db()
    judge(grown, 3)
    agreed(owner, 9)
    return first, build_snapshot(by=None)


def test_it_says_what_came_went_and_changed(chief: Api, two: tuple[Snapshot, Snapshot]) -> None:
    first, second = two
    diff = chief.get(f"snapshots/{first.pk}/diff/{second.pk}/").json()
    assert (diff["from"], diff["to"]) == (str(first.pk), str(second.pk))
    assert {label: n for label, n in diff["added"].items() if n} == {"9": 1}
    assert {label: n for label, n in diff["removed"].items() if n} == {"1": 1}
    assert diff["relabelled"] == [{"from": 2, "to": 7, "drawings": 1}]
    assert (diff["redrawn"], diff["in_both"]) == (1, 3)


def test_the_other_way_round_it_says_the_opposite(two: tuple[Snapshot, Snapshot]) -> None:
    there, back = diff_snapshots(*two), diff_snapshots(*reversed(two))
    assert (back.added, back.removed) == (there.removed, there.added)
    assert [(one.before, one.after) for one in back.relabelled] == [(7, 2)]


def test_the_drawings_themselves_can_be_looked_at(two: tuple[Snapshot, Snapshot]) -> None:
    diff = diff_snapshots(*two)
    assert [item.label for item in diff.came.read()] == [9]
    assert [item.label for item in diff.went.read()] == [1]
    assert [(one.label, diff.changed.before[one.pk]) for one in diff.changed.read()] == [(7, 2)]


def test_a_snapshot_does_not_differ_from_itself(two: tuple[Snapshot, Snapshot]) -> None:
    assert diff_snapshots(two[0], two[0]).is_empty
    assert not diff_snapshots(*two).is_empty


def test_both_must_be_there(chief: Api, mine: Api, two: tuple[Snapshot, Snapshot]) -> None:
    there = two[0].pk
    for path in (f"{there}/diff/{uuid4()}/", f"{uuid4()}/diff/{there}/", f"{there}/diff/x/"):
        assert code_of(chief.get(f"snapshots/{path}")) == (404, "not_found")
    assert code_of(mine.get(f"snapshots/{there}/diff/{there}/")) == (403, "permission_denied")
