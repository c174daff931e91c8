"""Bulk labels: reviews, set-aside events, refusals, undo and transactions."""

from uuid import uuid4

import pytest
from django.db import connection

from recognizer.drawings.soft_delete_and_restore import delete_drawing
from recognizer.models import AnnotatorStats, GroundTruth, Label, LabelKind, User
from recognizer.review import bulk_relabel
from recognizer.review.bulk_relabel import (
    MAX_BULK_LABELS,
    CannotRelabel,
    relabel_drawings,
    set_aside_drawings,
    undo_labels,
)
from recognizer.review.ground_truth import append_label_event
from tests.api.factories import make_recognized_drawing
from tests.review.factories import (
    append_label,
    append_stroke,
    make_teaching_drawing,
    stored_ground_truth,
)

pytestmark = pytest.mark.django_db


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


def test_each_drawing_has_its_own_transaction(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected error does not roll back labels that were appended before."""
    first, second = make_teaching_drawing(owner), make_teaching_drawing(owner)
    depths, append = [], append_label_event

    def fail_at_second(drawing: object, label: Label) -> Label:
        depths.append(len(connection.savepoint_ids))
        if drawing == second:
            raise OSError("the disk is full")
        return append(drawing, label)  # type: ignore[arg-type]  # passed on unchanged

    monkeypatch.setattr(bulk_relabel, "append_label_event", fail_at_second)
    with pytest.raises(OSError, match="disk"):
        relabel_drawings(
            author=reviewer, drawings={first.pk: 1, second.pk: 1}, value=9, source="page"
        )
    assert (stored_ground_truth(first), stored_ground_truth(second)) == ((9, "review"), None)
    assert len(set(depths)) == 1
