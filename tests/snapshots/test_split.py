"""Splits and pseudonyms of users."""

import pytest
from pytest_django.fixtures import Settings

from recognizer.models import SnapshotItem, Split, User
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.training_samples import load_training_samples
from recognizer.snapshots.user_splits_and_pseudonyms import (
    assign_splits,
    compute_import_split,
    compute_pseudonym,
    split_at,
)
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def _splits() -> dict[str, str]:
    return dict(User.objects.values_list("username", "split"))


def test_later_users_do_not_change_existing_splits(settings: Settings) -> None:
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


def test_no_user_is_in_both_splits(settings: Settings) -> None:
    settings.HOLDOUT_FRACTION = 0.5
    users = [make_teaching_user(f"user{n}") for n in range(20)]
    for user in users * 2:
        make_labelled_drawing(user)
    snapshot = build_snapshot(by=None)
    splits = {
        split: {one.user_pseudonym for one in load_training_samples(snapshot, split)}
        for split in Split.values
    }
    assert splits["training"]
    assert splits["holdout"]
    assert not splits["training"] & splits["holdout"]
    assert splits["training"] | splits["holdout"] == {compute_pseudonym(one.pk) for one in users}


def test_an_assigned_split_does_not_change(settings: Settings) -> None:
    user = make_teaching_user("anna")
    assign_splits([user.pk])
    user.refresh_from_db()
    assigned = user.split
    settings.HOLDOUT_FRACTION = 0.999999 if assigned == Split.TRAINING else 0.000001
    assign_splits([user.pk])
    user.refresh_from_db()
    assert compute_import_split(compute_pseudonym(user.pk)) != assigned
    assert user.split == assigned


def test_each_block_of_ten_users_has_its_holdout_share(settings: Settings) -> None:
    settings.HOLDOUT_FRACTION = 0.2
    users = [make_teaching_user(f"user{n}").pk for n in range(50)]
    for pk in users:
        assign_splits([pk])
    splits = list(User.objects.filter(pk__in=users).order_by("pk").values_list("split", flat=True))
    blocks = [splits[start : start + 10].count("holdout") for start in range(0, 50, 10)]
    assert blocks == [4, 4, 4, 2, 2]


@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.5, 0.9])
def test_three_users_can_train_and_evaluate(settings: Settings, fraction: float) -> None:
    settings.HOLDOUT_FRACTION = fraction
    for key in range(20):
        settings.SECRET_KEY = f"site {key}"
        splits = [split_at(place) for place in range(30)]
        for start in range(0, 30, 10):
            for first, end in ((0, 3), (3, 6), (6, 10)):
                assert set(splits[start + first : start + end]) == set(Split)


@pytest.mark.slow
def test_each_user_is_as_likely_to_be_held_out(settings: Settings) -> None:
    settings.HOLDOUT_FRACTION = 0.3
    chosen = [0] * 40
    for key in range(600):
        settings.SECRET_KEY = f"site {key}"
        for place in range(40):
            chosen[place] += split_at(place) == Split.HOLDOUT
    early, later = [200, 200, 200, 200, 200, 200, 300, 300, 300, 300], [200] * 6 + [150] * 4
    for place, count in enumerate(chosen):
        expected = (later if place >= 30 else early)[place % 10]
        assert abs(count - expected) < 60  # five standard deviations


def test_the_order_of_splits_depends_on_the_secret_key(settings: Settings) -> None:
    splits = []
    for key in ("one", "another", "a third"):
        settings.SECRET_KEY = key
        splits.append([split_at(place) for place in range(60)])
    assert splits[0] != splits[1] != splits[2]


def test_holds_out_the_configured_fraction_of_imported_names(settings: Settings) -> None:
    settings.HOLDOUT_FRACTION = 0.3
    held_out = sum(
        compute_import_split(compute_pseudonym(pk)) == Split.HOLDOUT for pk in range(2_000)
    )
    assert 500 < held_out < 700


def test_a_pseudonym_depends_on_the_key_and_is_stable(settings: Settings) -> None:
    owner = make_teaching_user("anna")
    make_labelled_drawing(owner)
    build_snapshot(by=None)
    make_labelled_drawing(owner)
    build_snapshot(by=None)
    names = set(SnapshotItem.objects.values_list("user_pseudonym", flat=True))
    assert names == {compute_pseudonym(owner.pk)}
    settings.SECRET_KEY = "another"
    assert compute_pseudonym(owner.pk) not in names
