"""Many reviewers at once, on both databases: no card is in two hands, no verdict is lost."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from django.db import connection

from recognizer.models import Kind, Label, Record, ReviewCard, Truth, User
from recognizer.review.queue import decide, lease_next
from tests.fixtures.deadlines import deadline
from tests.review.people import reviewer_named, say, taught

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

REVIEWERS, CARDS = 6, 24


@pytest.mark.slow
def test_no_card_is_ever_in_two_hands(owner: User, roles: object) -> None:
    drawings = {taught(owner, claim=8).pk for _ in range(CARDS)}
    reviewers = [reviewer_named(f"reviewer{number}") for number in range(REVIEWERS)]
    taken: list[tuple[int, object]] = []

    def work(reviewer: User) -> None:
        held: list[UUID] = []
        while card := lease_next(reviewer=reviewer, besides=held):
            held.append(card.drawing.pk)
            taken.append((reviewer.pk, card.drawing.pk))

    _all_at_once(work, reviewers)
    times = Counter(drawing for _, drawing in taken)
    assert set(times) == drawings
    assert max(times.values()) == 1
    assert ReviewCard.objects.filter(lease=None).count() == 0


@pytest.mark.slow
def test_what_all_decide_at_once_is_counted_once_each(owner: User, roles: object) -> None:
    for _ in range(CARDS):
        taught(owner, claim=8)
    reviewers = [reviewer_named(f"reviewer{number}") for number in range(REVIEWERS)]

    def work(reviewer: User) -> None:
        while card := lease_next(reviewer=reviewer):
            decide(
                reviewer=reviewer,
                drawing_id=card.drawing.pk,
                lease=card.lease,
                decision=8,
                blind=False,
                source="page",
            )

    _all_at_once(work, reviewers)
    assert Truth.objects.filter(value=8, basis="verdict").count() == CARDS
    assert Label.objects.filter(kind=Kind.VERDICT).count() == CARDS
    assert Record.objects.get(user=owner).claims_right == CARDS


def test_verdicts_on_one_drawing_at_once_all_count(owner: User, roles: object) -> None:
    drawing = taught(owner, claim=8)
    reviewers = [reviewer_named(f"reviewer{number}") for number in range(REVIEWERS)]
    _all_at_once(lambda reviewer: say(drawing, reviewer, 8), reviewers)
    assert Label.objects.filter(kind=Kind.VERDICT, value=8).count() == REVIEWERS
    records = Record.objects.exclude(user=owner).values_list("reviews_right", "reviews_wrong")
    assert list(records) == [(1, 0)] * REVIEWERS


def _all_at_once(work: Callable[[User], object], people: Sequence[User]) -> None:
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
