"""Ground truth after label events: reviews, undo, new revisions and revoked roles."""

import pytest
from django.db import transaction

from recognizer import protocol
from recognizer.accounts.deletion import delete_account
from recognizer.accounts.roles import grant_role, revoke_role
from recognizer.models import Drawing, GroundTruth, Label, LabelKind, User
from recognizer.review.errors import CannotReview
from recognizer.review.ground_truth import (
    append_label_event,
    load_events,
    rederive_ground_truths,
)
from recognizer.review.owner_claims import set_claim
from recognizer.review.reviewers.annotator_accuracy import filter_active
from tests.api.event_listener import EventListener
from tests.api.factories import make_recognized_drawing
from tests.review.factories import append_label, append_stroke, make_reviewer, stored_ground_truth

pytestmark = pytest.mark.django_db


def test_a_review_stores_the_previous_ground_truth(owner: User, reviewer: User) -> None:
    drawing = make_recognized_drawing(owner, claim=5)
    first = append_label(drawing, reviewer, 3, blind=True, reason="conflict")
    second = append_label(drawing, reviewer, 8)
    assert stored_ground_truth(drawing) == (8, "review")
    assert (first.previous_ground_truth, second.previous_ground_truth) == (None, 3)
    stored = Label.objects.get(pk=first.pk)
    assert (stored.value, stored.kind, stored.blind, stored.reason) == (
        3,
        "review",
        True,
        "conflict",
    )
    assert (stored.shown_prediction_id, stored.revision) == (drawing.prediction_id, 1)
    assert Drawing.objects.get(pk=drawing.pk).claim == 5


def test_a_claim_alone_is_no_ground_truth(owner: User) -> None:
    drawing = make_recognized_drawing(owner)
    set_claim(owner_id=owner.pk, drawing_id=drawing.pk, value=3, source="page")
    assert stored_ground_truth(drawing) is None


def test_undo_appends_an_event_and_restores_the_previous_label(owner: User, reviewer: User) -> None:
    drawing = make_recognized_drawing(owner)
    append_label(drawing, reviewer, 3)
    second = append_label(drawing, reviewer, 8)
    undo = append_label(drawing, reviewer, None, kind=LabelKind.UNDO, undoes=second)
    assert stored_ground_truth(drawing) == (3, "review")
    assert (undo.previous_ground_truth, Label.objects.count()) == (8, 3)
    assert [label.value for label in filter_active(load_events([drawing.pk])[drawing.pk])] == [3]


def test_a_new_revision_has_no_ground_truth(owner: User, reviewer: User) -> None:
    drawing = make_recognized_drawing(owner, claim=3)
    append_label(drawing, reviewer, 3)
    append_stroke(drawing)
    found = Drawing.objects.select_related("ground_truth").get(pk=drawing.pk)
    assert protocol.drawing_json(found)["ground_truth"] is None
    rederive_ground_truths(reviewer)
    assert stored_ground_truth(drawing) == (None, "")


def test_refuses_a_review_of_an_outdated_revision(owner: User, reviewer: User) -> None:
    drawing = make_recognized_drawing(owner)
    seen = Drawing.objects.get(pk=drawing.pk)
    append_stroke(drawing)
    with pytest.raises(CannotReview) as refused:
        _append(seen, reviewer)
    assert refused.value.code == "stale"
    assert not Label.objects.exists()


def test_refuses_a_review_of_the_own_drawing(reviewer: User) -> None:
    drawing = make_recognized_drawing(reviewer)
    with pytest.raises(CannotReview) as refused:
        _append(drawing, reviewer)
    assert refused.value.code == "own_drawing"


def test_a_drawing_is_set_aside_until_it_is_undone(owner: User, admin: User) -> None:
    drawing = make_recognized_drawing(owner)
    aside = append_label(drawing, admin, None, kind=LabelKind.SET_ASIDE)
    assert GroundTruth.objects.get().is_set_aside
    append_label(drawing, admin, None, kind=LabelKind.UNDO, undoes=aside)
    assert not GroundTruth.objects.get().is_set_aside


def test_reviews_count_only_while_the_author_is_a_reviewer(owner: User, reviewer: User) -> None:
    drawing = make_recognized_drawing(owner)
    append_label(drawing, reviewer, 4)
    revoke_role(user=reviewer, role="reviewer")
    assert stored_ground_truth(drawing) == (None, "")
    grant_role(user=reviewer, role="reviewer")
    assert stored_ground_truth(drawing) == (4, "review")


def test_a_tie_ends_when_one_reviewer_loses_the_role(owner: User, reviewer: User) -> None:
    drawing = make_recognized_drawing(owner)
    other = make_reviewer("other")
    append_label(drawing, reviewer, 4)
    append_label(drawing, other, 9)
    assert stored_ground_truth(drawing) == (None, "")
    revoke_role(user=other, role="reviewer")
    assert stored_ground_truth(drawing) == (4, "review")


def test_reviews_of_a_former_reviewer_count_towards_agreement(owner: User, reviewer: User) -> None:
    known = [make_recognized_drawing(owner) for _ in range(8)]
    other = make_reviewer("other")
    for drawing in known:
        set_claim(owner_id=owner.pk, drawing_id=drawing.pk, value=3, source="page")
        append_label(drawing, reviewer, 3)
        append_label(drawing, other, 3)
    drawing = make_recognized_drawing(owner)
    set_claim(owner_id=owner.pk, drawing_id=drawing.pk, value=7, source="page")
    append_label(drawing, other, 7)
    revoke_role(user=other, role="reviewer")
    assert stored_ground_truth(drawing) == (7, "agreement")


def test_deleting_a_reviewer_removes_ground_truth_based_on_them(
    owner: User, reviewer: User
) -> None:
    drawing = make_recognized_drawing(owner)
    append_label(drawing, reviewer, 4)
    delete_account(user=reviewer)
    assert stored_ground_truth(drawing) == (None, "")
    assert Label.objects.get().author is None


@pytest.mark.django_db(transaction=True)
def test_publishes_a_label_event_to_the_owner(
    owner: User, reviewer: User, event_listener: EventListener
) -> None:
    drawing = make_recognized_drawing(owner, claim=5)
    append_label(drawing, reviewer, 3)
    ((user_id, event),) = event_listener.events(1)
    assert (user_id, event["type"], event["claim"], event["ground_truth"]) == (
        owner.pk,
        "label",
        5,
        3,
    )
    assert event["cursor"] == Drawing.objects.get(pk=drawing.pk).cursor > drawing.cursor


def _append(drawing: Drawing, author: User) -> None:
    with transaction.atomic():
        append_label_event(
            drawing, Label(author=author, kind=LabelKind.REVIEW, value=3, source="page")
        )
