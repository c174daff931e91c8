"""The job that fills the review queue reads candidates only if something has changed."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.crypto import salted_hmac

from recognizer.drawings.soft_delete_and_restore import delete_drawing, restore_drawing
from recognizer.models import ReviewItem, User
from recognizer.review import hidden_checks, review_candidates, review_queue_prioritization
from recognizer.review.hidden_checks import keyed_random
from recognizer.review.owner_claims import set_claim
from recognizer.review.review_queue_prioritization import QueueFilling
from tests.review.factories import append_label, make_teaching_drawing

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def filling(owner: User, monkeypatch: pytest.MonkeyPatch) -> QueueFilling:
    monkeypatch.setattr(hidden_checks, "CHECK_FRACTION", 0.0)  # these stay in the queue
    for _ in range(3):
        make_teaching_drawing(owner)
    filling = QueueFilling()
    assert filling.run() == 3
    return filling


def _queued() -> set[UUID]:
    return set(ReviewItem.objects.values_list("pk", flat=True))


def test_reads_no_candidates_without_a_change(
    filling: QueueFilling,
    owner: User,
    reviewer: User,
    admin: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(review_queue_prioritization, "load_candidates", pytest.fail)
        with CaptureQueriesContext(connection) as queries:
            assert filling.run() == 0
        assert len(queries) <= 7
    added = make_teaching_drawing(owner)
    assert filling.run() == 1
    set_claim(owner_id=owner.pk, drawing_id=added.pk, revision=1, value=8, source="page")
    filling.run()
    assert ReviewItem.objects.get(pk=added.pk).reason != "diverse"
    append_label(added, reviewer, 3)
    filling.run()
    assert added.pk not in _queued()
    append_label(added, admin, 8)  # a contradiction, which changes no prediction and no item
    filling.run()
    assert added.pk in _queued()


def test_deletes_stale_items_each_time(filling: QueueFilling, owner: User) -> None:
    drawing = owner.drawings.earliest("pk")
    delete_drawing(owner_id=owner.pk, drawing_id=drawing.pk)
    filling.run()
    assert drawing.pk not in _queued()
    restore_drawing(owner_id=owner.pk, drawing_id=drawing.pk)
    filling.run()
    assert drawing.pk in _queued()
    User.objects.filter(pk=owner.pk).update(may_teach=False)
    filling.run()
    assert _queued() == set()


def test_replaces_an_item_that_has_left_the_queue(filling: QueueFilling) -> None:
    ReviewItem.objects.earliest("pk").delete()
    assert filling.run() == 1
    assert len(_queued()) == 3


def test_reads_all_candidates_from_time_to_time(
    filling: QueueFilling, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(pk=owner.pk).update(may_teach=False)
    assert filling.run() == 0
    User.objects.filter(pk=owner.pk).update(may_teach=True)
    monkeypatch.setattr(review_queue_prioritization, "FULL_INTERVAL_S", 0.0)
    assert filling.run() == 3


def test_reads_the_columns_of_the_first_drawings_only(
    owner: User, outsider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query for all columns would compute them for all recent drawings."""
    monkeypatch.setattr(review_candidates, "MAX_SCANNED_DRAWINGS", 2)
    for claim in (8, 3, 8):
        drawing = make_teaching_drawing(owner)
        set_claim(owner_id=owner.pk, drawing_id=drawing.pk, revision=1, value=claim, source="page")
    other = make_teaching_drawing(outsider)
    with CaptureQueriesContext(connection) as queries:
        candidates = review_candidates.load_candidates()
    assert other.pk in {one.id for one in candidates}
    windows = [one["sql"] for one in queries if "ROW_NUMBER()" in one["sql"]]
    assert ["LIMIT 2" in sql for sql in windows] == [True, True]
    assert not [sql for sql in windows if "probabilities" in sql]
    # PostgreSQL compared each drawing with the whole queue.
    assert not [sql for sql in windows if "recognizer_reviewitem" in sql]
    loads = [one["sql"] for one in queries if '"probabilities"' in one["sql"]]
    assert len(loads) == 1
    assert '"recognizer_drawing"."id" IN (' in loads[0]


def test_the_keyed_number_is_that_of_the_salted_hmac() -> None:
    drawing_id = uuid4()
    digest = salted_hmac("recognizer.review.turn", drawing_id.hex, algorithm="sha256").digest()
    assert keyed_random(drawing_id, "turn") == int.from_bytes(digest[:8]) / 2**64
