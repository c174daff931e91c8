"""Concurrent reviewers on both databases."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from django.db import connection

from recognizer.models import AnnotatorStats, GroundTruth, Label, LabelKind, ReviewItem, User
from recognizer.review import queue
from recognizer.review.queue import lease_next_item, submit_review
from tests.fixtures.deadlines import deadline
from tests.review.factories import append_label, make_reviewer, make_teaching_drawing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

NUM_REVIEWERS, NUM_ITEMS = 6, 24


@pytest.mark.slow
def test_leases_each_item_to_one_reviewer_only(
    owner: User, roles: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MAX_HELD_ITEMS", NUM_ITEMS)
    drawings = {make_teaching_drawing(owner, claim=8).pk for _ in range(NUM_ITEMS)}
    reviewers = [make_reviewer(f"reviewer{number}") for number in range(NUM_REVIEWERS)]
    leased: list[tuple[int, object]] = []

    def work(reviewer: User) -> None:
        held: list[UUID] = []
        while item := lease_next_item(reviewer=reviewer, exclude_keys=held):
            held.append(item.key)
            leased.append((reviewer.pk, item.drawing.pk))

    _run_concurrently(work, reviewers)
    times = Counter(drawing for _, drawing in leased)
    assert set(times) == drawings
    assert max(times.values()) == 1
    assert ReviewItem.objects.filter(lease=None).count() == 0


@pytest.mark.slow
def test_counts_each_of_many_concurrent_reviews_once(owner: User, roles: object) -> None:
    for _ in range(NUM_ITEMS):
        make_teaching_drawing(owner, claim=3)
    reviewers = [make_reviewer(f"reviewer{number}") for number in range(NUM_REVIEWERS)]

    def work(reviewer: User) -> None:
        while item := lease_next_item(reviewer=reviewer):
            submit_review(
                reviewer=reviewer,
                key=item.key,
                lease=item.lease,
                value=3,
                blind=False,
                source="page",
            )

    _run_concurrently(work, reviewers)
    assert GroundTruth.objects.filter(value=3, basis="review").count() == NUM_ITEMS
    assert Label.objects.filter(kind=LabelKind.REVIEW).count() == NUM_ITEMS
    assert AnnotatorStats.objects.get(user=owner).claims_correct == NUM_ITEMS


def test_counts_all_concurrent_reviews_of_one_drawing(owner: User, roles: object) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    reviewers = [make_reviewer(f"reviewer{number}") for number in range(NUM_REVIEWERS)]
    _run_concurrently(lambda reviewer: append_label(drawing, reviewer, 8), reviewers)
    assert Label.objects.filter(kind=LabelKind.REVIEW, value=8).count() == NUM_REVIEWERS
    stats = AnnotatorStats.objects.exclude(user=owner).values_list(
        "reviews_correct", "reviews_incorrect"
    )
    assert list(stats) == [(1, 0)] * NUM_REVIEWERS


def _run_concurrently(work: Callable[[User], object], reviewers: Sequence[User]) -> None:
    """Call `work` for each reviewer in a separate thread. Fails if one of them raises."""
    start, failed = threading.Barrier(len(reviewers)), []

    def run(reviewer: User) -> None:
        try:
            start.wait(deadline(10))
            work(reviewer)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(reviewer,)) for reviewer in reviewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(deadline(60))
    assert not failed, failed
