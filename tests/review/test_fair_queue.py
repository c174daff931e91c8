"""One user cannot fill the review queue, its scan, or the holdout."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from recognizer.models import AnnotatorStats, ReviewItem, User
from recognizer.review import holdout_quota, review_candidates, review_queue_prioritization
from recognizer.review.review_candidates import load_candidates
from recognizer.review.review_queue_prioritization import fill_queue
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.user_splits_and_pseudonyms import filter_established
from tests.review.factories import append_label, make_teaching_drawing

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_queue_prioritization, "MAX_ITEMS_PER_USER", 3)
    monkeypatch.setattr(review_queue_prioritization, "MAX_QUEUE_SIZE", 5)
    monkeypatch.setattr(review_candidates, "MAX_SCANNED_DRAWINGS", 6)


@pytest.mark.parametrize("split", ["training", "holdout"])
def test_one_user_gets_a_limited_number_of_items(
    owner: User, outsider: User, small_limits: None, split: str
) -> None:
    for _ in range(2):
        make_teaching_drawing(outsider)
    for _ in range(10):
        make_teaching_drawing(owner, claim=8, split=split)
    for _ in range(3):
        fill_queue(timezone.now())
    assert ReviewItem.objects.filter(drawing__owner=owner).count() == 3
    assert ReviewItem.objects.filter(drawing__owner=outsider).count() == 2


def test_users_take_turns_in_the_scan(owner: User, outsider: User, small_limits: None) -> None:
    honest = {make_teaching_drawing(outsider, claim=3).pk for _ in range(3)}
    for _ in range(10):
        make_teaching_drawing(owner, claim=8)
    assert honest <= {candidate.id for candidate in load_candidates()}


def test_users_take_turns_in_the_queue(owner: User, outsider: User) -> None:
    for user in (owner, outsider):
        for _ in range(3):
            make_teaching_drawing(user, claim=8, confidence=0.9)
    fill_queue(timezone.now())
    order = ReviewItem.objects.order_by("-priority").values_list("drawing__owner_id", flat=True)
    assert [len(set(order[start : start + 2])) for start in (0, 2, 4)] == [2, 2, 2]


def test_contrary_claims_of_inaccurate_users_come_later(owner: User, outsider: User) -> None:
    AnnotatorStats.objects.create(user=owner, claims_incorrect=8)
    make_teaching_drawing(owner, claim=8)
    make_teaching_drawing(outsider, claim=8)
    fill_queue(timezone.now())
    first = ReviewItem.objects.order_by("-priority").first()
    assert first
    assert first.drawing.owner == outsider


@pytest.mark.parametrize("way", ["age", "address", "reviews"])
def test_only_established_accounts_enter_the_holdout(
    owner: User, outsider: User, reviewer: User, settings: Any, way: str
) -> None:
    settings.HOLDOUT_MIN_ACCOUNT_DAYS = 3
    settings.HOLDOUT_MIN_REVIEWED_DRAWINGS = 2
    append_label(make_teaching_drawing(outsider), reviewer, 3)
    append_label(make_teaching_drawing(owner, split="holdout"), reviewer, 3)
    EmailAddress.objects.create(user=owner, email="owner@example.org", verified=False)
    assert filter_established([owner.pk]) == set()
    assert build_snapshot(by=None).items.filter(split="holdout").count() == 0
    if way == "age":
        User.objects.update(date_joined=timezone.now() - timedelta(days=3))
    elif way == "address":
        EmailAddress.objects.update(verified=True)
    else:
        append_label(make_teaching_drawing(owner, split="holdout"), reviewer, 3)
    assert filter_established([owner.pk]) == {owner.pk}
    assert build_snapshot(by=None).items.filter(split="holdout").exists()


def test_new_accounts_get_few_holdout_reviews(owner: User, settings: Any) -> None:
    settings.HOLDOUT_MIN_ACCOUNT_DAYS = 3
    for _ in range(settings.HOLDOUT_MIN_REVIEWED_DRAWINGS + 3):
        make_teaching_drawing(owner, split="holdout")
    fill_queue(timezone.now())
    assert ReviewItem.objects.count() == settings.HOLDOUT_MIN_REVIEWED_DRAWINGS
    assert settings.HOLDOUT_MIN_REVIEWED_DRAWINGS < holdout_quota.MAX_DRAWINGS_PER_USER
