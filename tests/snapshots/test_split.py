"""A person is on one side for good, and known by one name nobody can guess."""

import pytest
from pytest_django.fixtures import Settings

from recognizer.models import SnapshotItem, Split, User
from recognizer.snapshots import build_snapshot, give_splits, person_of, read_items, split_of
from recognizer.snapshots.split import side_at, side_of
from tests.snapshots.agreed import agreed, teacher

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def _sides() -> dict[str, str]:
    return dict(User.objects.values_list("username", "split"))


def test_people_who_come_later_move_nobody(settings: Settings) -> None:
    for n in range(12):
        agreed(teacher(f"early{n}"), n % 10)
    first = build_snapshot(by=None)
    before = _sides()
    assert set(before.values()) <= set(Split.values)
    settings.HOLDOUT_SHARE = 0.9
    for n in range(12):
        agreed(teacher(f"late{n}"), n % 10)
    second = build_snapshot(by=None)
    after = _sides()
    assert {name: after[name] for name in before} == before
    names = dict(first.items.values_list("user_pseudonym", "split"))
    assert (
        dict(second.items.filter(user_pseudonym__in=names).values_list("user_pseudonym", "split"))
        == names
    )


def test_nobody_is_on_both_sides(settings: Settings) -> None:
    settings.HOLDOUT_SHARE = 0.5
    people = [teacher(f"person{n}") for n in range(20)]
    for person in people * 2:
        agreed(person)
    snapshot = build_snapshot(by=None)
    sides = {side: {one.person for one in read_items(snapshot, side)} for side in Split.values}
    assert sides["training"]
    assert sides["holdout"]
    assert not sides["training"] & sides["holdout"]
    assert sides["training"] | sides["holdout"] == {person_of(one.pk) for one in people}


def test_a_side_that_was_given_stays_whatever_the_hash_says(settings: Settings) -> None:
    user = teacher("anna")
    given = split_of(user)
    settings.HOLDOUT_SHARE = 0.999999 if given == Split.TRAINING else 0.000001
    give_splits([user.pk])
    user.refresh_from_db()
    assert side_of(person_of(user.pk)) != given
    assert split_of(user) == user.split == given


def test_of_each_ten_people_the_same_number_judges(settings: Settings) -> None:
    settings.HOLDOUT_SHARE = 0.2
    people = [teacher(f"person{n}").pk for n in range(50)]
    for pk in people:
        give_splits([pk])
    sides = list(User.objects.filter(pk__in=people).order_by("pk").values_list("split", flat=True))
    blocks = [sides[start : start + 10].count("holdout") for start in range(0, 50, 10)]
    assert blocks == [4, 4, 4, 2, 2]


def test_who_comes_in_which_place_cannot_be_told_without_the_key(settings: Settings) -> None:
    sides = []
    for key in ("one", "another", "a third"):
        settings.SECRET_KEY = key
        sides.append([side_at(place) for place in range(60)])
    assert sides[0] != sides[1] != sides[2]


def test_the_share_of_imported_names_is_kept(settings: Settings) -> None:
    settings.HOLDOUT_SHARE = 0.3
    held_out = sum(side_of(person_of(pk)) == Split.HOLDOUT for pk in range(2_000))
    assert 500 < held_out < 700


def test_a_name_needs_the_key_and_is_the_same_everywhere(settings: Settings) -> None:
    owner = teacher("anna")
    agreed(owner)
    build_snapshot(by=None)
    agreed(owner)
    build_snapshot(by=None)
    names = set(SnapshotItem.objects.values_list("user_pseudonym", flat=True))
    assert names == {person_of(owner.pk)}
    settings.SECRET_KEY = "another"
    assert person_of(owner.pk) not in names
