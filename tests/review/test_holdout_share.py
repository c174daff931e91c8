"""At least a third of the reviewed drawings can train at any time."""

from typing import Any

import pytest

from bench.reviewers.holdout_rule import CHECKPOINT, compute_z, simulate
from recognizer.models import GroundTruth, Split, User
from recognizer.review.bulk_relabel import relabel_drawings, set_aside_drawings
from recognizer.review.queue import (
    LeasedItem,
    count_waiting,
    lease_next_item,
    submit_review,
    undo_review,
)
from recognizer.review.search import DrawingSearch, search_drawings
from tests.api.api_client import ApiClient
from tests.fixtures.users import SignIn
from tests.review.factories import append_label, make_reviewer, make_teaching_drawing

pytestmark = pytest.mark.slow

MIN_FRACTION = 1 / 3
MAX_CHANCE_Z = 3.5


@pytest.mark.parametrize("num_users", [3, 4, 5, 6, 8, 10, 13, 20, 30, 60, 100])
def test_simulated_sites_can_train_at_any_time(num_users: int) -> None:
    for seed in range(6 if num_users <= 10 else 1):
        run = simulate(num_users, seed)
        assert run.lowest >= MIN_FRACTION
        assert run.holdout > 0
        assert run.early_training >= min(run.reviewed, CHECKPOINT) * MIN_FRACTION


def test_the_holdout_is_a_random_selection() -> None:
    """The drawings that train are not: a selection by errors would be noticed."""
    runs = [simulate(10, seed) for seed in range(60)]
    assert abs(compute_z([one.user_bias for one in runs])) < MAX_CHANCE_Z
    assert abs(compute_z([one.holdout_bias for one in runs])) < MAX_CHANCE_Z
    assert compute_z([one.training_bias for one in runs]) > MAX_CHANCE_Z


@pytest.mark.django_db
@pytest.mark.both_databases
def test_the_queue_mixes_both_splits(reviewer: User) -> None:
    _make_site(training=10, holdout=40)
    splits = _review_all(reviewer)
    assert splits[:5] == ["training", "holdout", "training", "holdout", "holdout"]
    assert _lowest_fraction(splits) >= MIN_FRACTION
    assert splits.count("training") == 10
    assert splits.count("holdout") == 15


@pytest.mark.django_db
def test_holdout_items_alone_wait_for_drawings_that_train(reviewer: User) -> None:
    _make_site(training=0, holdout=5)
    assert lease_next_item(reviewer=reviewer) is None
    assert count_waiting(reviewer) == 0
    _make_site(training=1, holdout=0)
    assert lease_next_item(reviewer=reviewer) is not None
    assert count_waiting(reviewer) == 2
    assert _review_all(reviewer) == ["training", "holdout"]


@pytest.mark.django_db
def test_items_that_reviewers_hold_count_as_reviewed(reviewer: User) -> None:
    _make_site(training=2, holdout=9)
    first = _lease(reviewer)
    _submit(reviewer, first)
    assert [_split(_lease(reviewer)), _split(_lease(make_reviewer("other")))] == [
        "holdout",
        "training",
    ]
    assert lease_next_item(reviewer=make_reviewer("third")) is None


@pytest.mark.django_db
def test_an_undone_label_no_longer_counts(reviewer: User) -> None:
    _make_site(training=1, holdout=9)
    first = _lease(reviewer)
    _submit(reviewer, first)
    undo_review(reviewer=reviewer, key=first.key, source="page")
    assert lease_next_item(reviewer=make_reviewer("other")) is None


@pytest.mark.django_db
def test_only_drawings_that_can_train_count(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner)
    append_label(drawing, reviewer, 3)
    _make_site(training=0, holdout=3)
    User.objects.filter(pk=owner.pk).update(may_teach=False)
    assert lease_next_item(reviewer=reviewer) is None
    User.objects.filter(pk=owner.pk).update(may_teach=True)
    assert _split(_lease(reviewer)) == "holdout"


@pytest.mark.django_db
@pytest.mark.both_databases
def test_bulk_labels_leave_the_random_selection_alone(owner: User, reviewer: User) -> None:
    """Reviewers choose what they label in bulk, so it must not decide what evaluates models."""
    drawing = make_teaching_drawing(owner, split=Split.HOLDOUT)
    by_page: dict[str, Any] = {
        "author": reviewer,
        "drawings": {drawing.pk: drawing.revision},
        "source": "page",
    }
    for result in (relabel_drawings(**by_page, value=4), set_aside_drawings(**by_page)):
        assert [one.code for one in result.refused] == ["not_found"]
    assert search_drawings(DrawingSearch(), viewer=reviewer).drawings == []
    append_label(drawing, reviewer, 3)
    assert search_drawings(DrawingSearch(), viewer=reviewer).drawings == [drawing]
    assert len(relabel_drawings(**by_page, value=4).events) == 1


@pytest.mark.django_db
def test_only_admins_see_the_split(
    owner: User, reviewer: User, admin: User, sign_in: SignIn
) -> None:
    make_teaching_drawing(owner)
    make_teaching_drawing(owner)
    for user, split in ((reviewer, None), (admin, "training")):
        item = ApiClient(sign_in(user)).get("review/next/").json()["item"]
        assert item["split"] == split


def _make_site(*, training: int, holdout: int) -> None:
    """Make drawings of both splits, by users with three drawings each."""
    for split, amount in ((Split.TRAINING, training), (Split.HOLDOUT, holdout)):
        for number in range(amount):
            name = f"{split}{number // 3}"
            owner = User.objects.filter(username=name).first() or User.objects.create_user(name)
            make_teaching_drawing(owner, split=split)


def _review_all(reviewer: User) -> list[str]:
    """Review until the queue gives no item, and return the splits in this order."""
    splits = []
    while item := lease_next_item(reviewer=reviewer):
        splits.append(_split(item))
        _submit(reviewer, item)
    assert GroundTruth.objects.filter(value__isnull=False).count() == len(splits)
    return splits


def _lowest_fraction(splits: list[str]) -> float:
    return min(splits[:end].count("training") / end for end in range(1, len(splits) + 1))


def _lease(reviewer: User) -> LeasedItem:
    item = lease_next_item(reviewer=reviewer)
    assert item
    return item


def _split(item: LeasedItem) -> str:
    return item.drawing.owner.split


def _submit(reviewer: User, item: LeasedItem) -> None:
    submit_review(
        reviewer=reviewer, key=item.key, lease=item.lease, value=3, blind=True, source="page"
    )
