"""Many reviewers at once, on both databases: no card is in two hands, no verdict is lost."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from django.db import connection

from recognizer.models import AnnotatorStats, GroundTruth, Label, LabelKind, ReviewItem, User
from recognizer.review.queue import lease_next_item, submit_review
from tests.fixtures.deadlines import deadline
from tests.review.factories import append_label, make_reviewer, make_teaching_drawing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

NUM_REVIEWERS, NUM_ITEMS = 6, 24


@pytest.mark.slow
def test_no_card_is_ever_in_two_hands(owner: User, roles: object) -> None:
    drawings = {make_teaching_drawing(owner, claim=8).pk for _ in range(NUM_ITEMS)}
    reviewers = [make_reviewer(f"reviewer{number}") for number in range(NUM_REVIEWERS)]
    taken: list[tuple[int, object]] = []

    def work(reviewer: User) -> None:
        held: list[UUID] = []
        while card := lease_next_item(reviewer=reviewer, exclude_ids=held):
            held.append(card.drawing.pk)
            taken.append((reviewer.pk, card.drawing.pk))

    _run_concurrently(work, reviewers)
    times = Counter(drawing for _, drawing in taken)
    assert set(times) == drawings
    assert max(times.values()) == 1
    assert ReviewItem.objects.filter(lease=None).count() == 0


@pytest.mark.slow
def test_what_all_decide_at_once_is_counted_once_each(owner: User, roles: object) -> None:
    for _ in range(NUM_ITEMS):
        make_teaching_drawing(owner, claim=8)
    reviewers = [make_reviewer(f"reviewer{number}") for number in range(NUM_REVIEWERS)]

    def work(reviewer: User) -> None:
        while card := lease_next_item(reviewer=reviewer):
            submit_review(
                reviewer=reviewer,
                drawing_id=card.drawing.pk,
                lease=card.lease,
                decision=8,
                blind=False,
                source="page",
            )

    _run_concurrently(work, reviewers)
    assert GroundTruth.objects.filter(value=8, basis="review").count() == NUM_ITEMS
    assert Label.objects.filter(kind=LabelKind.REVIEW).count() == NUM_ITEMS
    assert AnnotatorStats.objects.get(user=owner).claims_correct == NUM_ITEMS


def test_verdicts_on_one_drawing_at_once_all_count(owner: User, roles: object) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    reviewers = [make_reviewer(f"reviewer{number}") for number in range(NUM_REVIEWERS)]
    _run_concurrently(lambda reviewer: append_label(drawing, reviewer, 8), reviewers)
    assert Label.objects.filter(kind=LabelKind.REVIEW, value=8).count() == NUM_REVIEWERS
    records = AnnotatorStats.objects.exclude(user=owner).values_list(
        "reviews_correct", "reviews_incorrect"
    )
    assert list(records) == [(1, 0)] * NUM_REVIEWERS


def _run_concurrently(work: Callable[[User], object], people: Sequence[User]) -> None:
    """In a thread each; what one of them raises fails the test."""
    start, failed = threading.Barrier(len(people)), []

    def run(person: User) -> None:
        try:
            start.wait(deadline(10))
            work(person)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(deadline(60))
    assert not failed, failed
