"""A person is on one side for good, and known by one name nobody can guess."""

import pytest
from pytest_django.fixtures import Settings

from recognizer.models import SnapshotItem, Split, User
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.queries import load_training_samples
from recognizer.snapshots.user_splits import (
    assign_splits,
    compute_import_split,
    compute_pseudonym,
    ensure_split,
    split_at,
)
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def _splits() -> dict[str, str]:
    return dict(User.objects.values_list("username", "split"))


def test_people_who_come_later_move_nobody(settings: Settings) -> None:
    for n in range(12):
        make_labelled_drawing(make_teaching_user(f"early{n}"), n % 10)
    first = build_snapshot(by=None)
    before = _splits()
    assert set(before.values()) <= set(Split.values)
    settings.HOLDOUT_FRACTION = 0.9
    for n in range(12):
        make_labelled_drawing(make_teaching_user(f"late{n}"), n % 10)
    second = build_snapshot(by=None)
    after = _splits()
    assert {name: after[name] for name in before} == before
    names = dict(first.items.values_list("user_pseudonym", "split"))
    assert (
        dict(second.items.filter(user_pseudonym__in=names).values_list("user_pseudonym", "split"))
        == names
    )


def test_nobody_is_on_both_sides(settings: Settings) -> None:
    settings.HOLDOUT_FRACTION = 0.5
    people = [make_teaching_user(f"person{n}") for n in range(20)]
    for person in people * 2:
        make_labelled_drawing(person)
    snapshot = build_snapshot(by=None)
    sides = {
        side: {one.person for one in load_training_samples(snapshot, side)} for side in Split.values
    }
    assert sides["training"]
    assert sides["holdout"]
    assert not sides["training"] & sides["holdout"]
    assert sides["training"] | sides["holdout"] == {compute_pseudonym(one.pk) for one in people}


def test_a_side_that_was_given_stays_whatever_the_hash_says(settings: Settings) -> None:
    user = make_teaching_user("anna")
    given = ensure_split(user)
    settings.HOLDOUT_FRACTION = 0.999999 if given == Split.TRAINING else 0.000001
    assign_splits([user.pk])
    user.refresh_from_db()
    assert compute_import_split(compute_pseudonym(user.pk)) != given
    assert ensure_split(user) == user.split == given


def test_of_each_ten_people_the_same_number_judges(settings: Settings) -> None:
    settings.HOLDOUT_FRACTION = 0.2
    people = [make_teaching_user(f"person{n}").pk for n in range(50)]
    for pk in people:
        assign_splits([pk])
    sides = list(User.objects.filter(pk__in=people).order_by("pk").values_list("split", flat=True))
    blocks = [sides[start : start + 10].count("holdout") for start in range(0, 50, 10)]
    assert blocks == [4, 4, 4, 2, 2]


def test_who_comes_in_which_place_cannot_be_told_without_the_key(settings: Settings) -> None:
    sides = []
    for key in ("one", "another", "a third"):
        settings.SECRET_KEY = key
        sides.append([split_at(place) for place in range(60)])
    assert sides[0] != sides[1] != sides[2]


def test_the_share_of_imported_names_is_kept(settings: Settings) -> None:
    settings.HOLDOUT_FRACTION = 0.3
    held_out = sum(
        compute_import_split(compute_pseudonym(pk)) == Split.HOLDOUT for pk in range(2_000)
    )
    assert 500 < held_out < 700


def test_a_name_needs_the_key_and_is_the_same_everywhere(settings: Settings) -> None:
    owner = make_teaching_user("anna")
    make_labelled_drawing(owner)
    build_snapshot(by=None)
    make_labelled_drawing(owner)
    build_snapshot(by=None)
    names = set(SnapshotItem.objects.values_list("user_pseudonym", flat=True))
    assert names == {compute_pseudonym(owner.pk)}
    settings.SECRET_KEY = "another"
    assert compute_pseudonym(owner.pk) not in names
