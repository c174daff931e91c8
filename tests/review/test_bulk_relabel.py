"""Bulk labels: reviews, set-aside events, refusals, undo and cursors."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.db import connection

from recognizer.drawings.soft_delete_and_restore import delete_drawing
from recognizer.models import (
    AnnotatorStats,
    Drawing,
    Feed,
    GoldDrawing,
    GroundTruth,
    Label,
    LabelKind,
    User,
)
from recognizer.review.bulk_relabel import (
    MAX_BULK_LABELS,
    CannotRelabel,
    relabel_drawings,
    set_aside_drawings,
    undo_labels,
)
from recognizer.review.errors import CannotReview
from tests.api.factories import make_recognized_drawing
from tests.fixtures.skip_policy import POSTGRES_REASON
from tests.fixtures.users import confirm_email
from tests.review.factories import (
    append_label,
    append_stroke,
    make_teaching_drawing,
    stored_ground_truth,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_each_drawing_gets_a_review_that_can_be_undone(owner: User, reviewer: User) -> None:
    drawings = [make_teaching_drawing(owner, claim=4) for _ in range(3)]
    seen = {drawing.pk: 1 for drawing in drawings}
    outcome = relabel_drawings(author=reviewer, drawings=seen, value=9, source="page")
    assert outcome.refused == []
    assert [event.drawing_id for event in outcome.events] == list(seen)
    for event in outcome.events:
        assert (event.kind, event.value, event.blind, event.reason) == ("review", 9, False, "")
        assert (event.previous_ground_truth, event.author, event.source) == (None, reviewer, "page")
    assert [stored_ground_truth(drawing) for drawing in drawings] == [(9, "review")] * 3
    assert not AnnotatorStats.objects.exists()

    ids = [event.pk for event in outcome.events]
    undone = undo_labels(author=reviewer, label_ids=ids, source="page")
    assert [event.undoes_id for event in undone.events] == ids
    assert [stored_ground_truth(drawing) for drawing in drawings] == [(None, "")] * 3
    again = undo_labels(author=reviewer, label_ids=ids, source="page")
    assert [one.code for one in again.refused] == ["nothing_to_undo"] * 3


def test_sets_a_drawing_aside_until_it_is_undone(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=4)
    outcome = set_aside_drawings(author=reviewer, drawings={drawing.pk: None}, source="api")
    assert GroundTruth.objects.get().is_set_aside
    undo_labels(author=reviewer, label_ids=[outcome.events[0].pk], source="api")
    assert not GroundTruth.objects.get().is_set_aside


@pytest.mark.parametrize("action", ["relabel", "set_aside"])
def test_refuses_some_drawings_and_labels_the_others(
    owner: User, outsider: User, reviewer: User, action: str
) -> None:
    own, grown, gone, good = (
        make_teaching_drawing(reviewer),
        make_teaching_drawing(owner),
        make_teaching_drawing(owner),
        make_teaching_drawing(owner),
    )
    private, unknown = make_recognized_drawing(outsider), uuid4()
    append_stroke(grown)
    delete_drawing(owner_id=owner.pk, drawing_id=gone.pk)
    good_again = make_teaching_drawing(owner)
    seen = {own.pk: 1, grown.pk: 1, gone.pk: 1, private.pk: 1, unknown: 1, good.pk: 1}
    seen |= {good_again.pk: 2}
    if action == "relabel":
        outcome = relabel_drawings(author=reviewer, drawings=seen, value=9, source="page")
    else:
        outcome = set_aside_drawings(author=reviewer, drawings=seen, source="page")
    assert {one.id: one.code for one in outcome.refused} == {
        own.pk: "own_drawing",
        grown.pk: "stale",
        gone.pk: "deleted",
        private.pk: "not_found",
        unknown: "not_found",
        good_again.pk: "stale",
    }
    assert all(one.detail for one in outcome.refused)
    assert [event.drawing_id for event in outcome.events] == [good.pk]
    assert Label.objects.exclude(kind=LabelKind.CLAIM).count() == 1


def test_refuses_to_undo_foreign_claimed_and_stale_labels(
    owner: User, reviewer: User, admin: User
) -> None:
    kept, claimed, grown = (
        make_teaching_drawing(owner),
        make_teaching_drawing(owner, claim=3),
        make_teaching_drawing(owner),
    )
    foreign_label, own_label = append_label(kept, admin, 4), append_label(grown, reviewer, 4)
    append_stroke(grown)
    claim = Label.objects.get(drawing=claimed)
    ids = [foreign_label.pk, claim.pk, own_label.pk, 10**12]
    outcome = undo_labels(author=reviewer, label_ids=ids, source="page")
    assert [(one.id, one.code) for one in outcome.refused] == [
        (foreign_label.pk, "not_found"),
        (claim.pk, "not_found"),
        (own_label.pk, "stale"),
        (10**12, "not_found"),
    ]
    assert undo_labels(author=owner, label_ids=[claim.pk], source="page").events == []


def test_refuses_no_drawings_and_too_many_drawings(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner)
    many = {drawing.pk: 1} | {uuid4(): 1 for _ in range(MAX_BULK_LABELS)}
    for drawings in ({}, many):
        with pytest.raises(CannotRelabel):
            relabel_drawings(author=reviewer, drawings=drawings, value=9, source="page")
        with pytest.raises(CannotRelabel):
            undo_labels(author=reviewer, label_ids=range(len(drawings)), source="page")
    assert not Label.objects.exists()


def test_undoes_several_labels_of_one_drawing_in_their_order(owner: User, reviewer: User) -> None:
    drawing, other = make_teaching_drawing(owner), make_teaching_drawing(owner)
    ids = [append_label(one, reviewer, 4).pk for one in (drawing, other)]
    ids += [append_label(drawing, reviewer, 9).pk]
    outcome = undo_labels(author=reviewer, label_ids=ids, source="page")
    assert [event.undoes_id for event in outcome.events] == ids
    assert [stored_ground_truth(one) for one in (drawing, other)] == [(None, "")] * 2


def test_an_undo_that_another_request_made_first_is_refused(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner)
    label = append_label(drawing, reviewer, 4)
    append_label(drawing, reviewer, None, kind=LabelKind.UNDO, undoes=label)
    with pytest.raises(CannotReview, match="no label"):
        append_label(drawing, reviewer, None, kind=LabelKind.UNDO, undoes=label)


def test_each_label_of_a_request_has_its_own_cursor(
    owner: User, outsider: User, reviewer: User
) -> None:
    """A client that resumes between two changes receives the second."""
    drawings = [make_teaching_drawing(user) for user in (owner, outsider, owner)]
    seen = {drawing.pk: 1 for drawing in drawings}
    before = {user.pk: Feed.objects.get(user=user).cursor for user in (owner, outsider)}
    relabel_drawings(author=reviewer, drawings=seen, value=9, source="page")
    stored = [Drawing.objects.get(pk=id) for id in seen]
    assert [one.cursor - before[one.owner_id] for one in stored] == [1, 1, 2]
    for user, advanced in ((owner, 2), (outsider, 1)):
        assert Feed.objects.get(user=user).cursor == before[user.pk] + advanced


def test_one_email_tells_of_all_contradicted_gold_drawings(
    owner: User, reviewer: User, admin: User
) -> None:
    confirm_email(admin)
    drawings = [make_teaching_drawing(owner) for _ in range(2)]
    for drawing in drawings:
        GoldDrawing.objects.create(drawing=drawing, revision=1, value=3)
    seen = {drawing.pk: 1 for drawing in drawings}
    relabel_drawings(author=reviewer, drawings=seen, value=9, source="page")
    assert GoldDrawing.objects.filter(suspended_at=None).count() == 0
    (message,) = mail.outbox
    assert all(str(drawing.pk) in message.body for drawing in drawings)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason=POSTGRES_REASON)
def test_concurrent_requests_for_the_same_drawings_do_not_deadlock(
    owner: User, outsider: User, reviewer: User, admin: User
) -> None:
    drawings = [make_teaching_drawing(user) for user in (owner, outsider) * 10]
    seen = {drawing.pk: 1 for drawing in drawings}
    orders = [dict(seen), dict(reversed(seen.items()))]

    def relabel(author: User, order: dict[UUID, int]) -> int:
        try:
            outcome = relabel_drawings(author=author, drawings=order, value=9, source="api")
            return len(outcome.events)
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:
        for _ in range(5):
            authors = (reviewer, admin)
            assert list(threads.map(relabel, authors, orders)) == [20, 20]
