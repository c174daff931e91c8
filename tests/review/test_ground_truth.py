"""Events make the truth: verdicts, undoing, growing ink, people who stop being reviewers."""

import pytest
from django.db import transaction

from recognizer import protocol
from recognizer.accounts.deletion import delete_account
from recognizer.accounts.roles import grant_role, revoke_role
from recognizer.models import Drawing, GroundTruth, Label, LabelKind, User
from recognizer.review.claims import set_claim
from recognizer.review.errors import CannotReview
from recognizer.review.ground_truth import (
    active_labels,
    append_label_event,
    derive_ground_truth,
)
from tests.api.event_listener import EventListener
from tests.api.factories import make_recognized_drawing
from tests.review.factories import append_label, append_stroke, make_reviewer, stored_ground_truth

pytestmark = pytest.mark.django_db


def test_a_verdict_is_an_event_that_keeps_what_was_before(owner: User, reviewer: User) -> None:
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


def test_a_claim_alone_is_no_truth(owner: User) -> None:
    drawing = make_recognized_drawing(owner)
    set_claim(owner_id=owner.pk, drawing_id=drawing.pk, value=3, source="page")
    assert stored_ground_truth(drawing) is None


def test_undoing_is_another_event_and_the_one_before_counts_again(
    owner: User, reviewer: User
) -> None:
    drawing = make_recognized_drawing(owner)
    append_label(drawing, reviewer, 3)
    second = append_label(drawing, reviewer, 8)
    undo = append_label(drawing, reviewer, None, kind=LabelKind.UNDO, undoes=second)
    assert stored_ground_truth(drawing) == (3, "review")
    assert (undo.previous_ground_truth, Label.objects.count()) == (8, 3)
    assert [label.value for label in active_labels(drawing)] == [3]


def test_ink_that_grows_leaves_claim_verdict_and_truth_behind(owner: User, reviewer: User) -> None:
    drawing = make_recognized_drawing(owner, claim=3)
    append_label(drawing, reviewer, 3)
    append_stroke(drawing)
    found = Drawing.objects.select_related("ground_truth").get(pk=drawing.pk)
    assert protocol.drawing_json(found)["ground_truth"] is None
    derive_ground_truth(drawing.pk)
    assert stored_ground_truth(drawing) == (None, "")


def test_a_verdict_on_a_revision_that_has_passed_is_refused(owner: User, reviewer: User) -> None:
    drawing = make_recognized_drawing(owner)
    seen = Drawing.objects.get(pk=drawing.pk)
    append_stroke(drawing)
    with pytest.raises(CannotReview) as refused:
        _append(seen, reviewer)
    assert refused.value.code == "stale"
    assert not Label.objects.exists()


def test_nobody_judges_their_own(reviewer: User) -> None:
    drawing = make_recognized_drawing(reviewer)
    with pytest.raises(CannotReview) as refused:
        _append(drawing, reviewer)
    assert refused.value.code == "own_drawing"


def test_a_drawing_set_aside_says_so_until_that_is_undone(owner: User, admin: User) -> None:
    drawing = make_recognized_drawing(owner)
    aside = append_label(drawing, admin, None, kind=LabelKind.SET_ASIDE)
    assert GroundTruth.objects.get().is_set_aside
    append_label(drawing, admin, None, kind=LabelKind.UNDO, undoes=aside)
    assert not GroundTruth.objects.get().is_set_aside


def test_verdicts_lapse_with_the_role_and_come_back_with_it(owner: User, reviewer: User) -> None:
    drawing = make_recognized_drawing(owner)
    append_label(drawing, reviewer, 4)
    revoke_role(user=reviewer, role="reviewer")
    assert stored_ground_truth(drawing) == (None, "")
    grant_role(user=reviewer, role="reviewer")
    assert stored_ground_truth(drawing) == (4, "review")


def test_of_two_reviewers_one_remains(owner: User, reviewer: User) -> None:
    drawing = make_recognized_drawing(owner)
    other = make_reviewer("other")
    append_label(drawing, reviewer, 4)
    append_label(drawing, other, 9)
    assert stored_ground_truth(drawing) == (None, "")
    revoke_role(user=other, role="reviewer")
    assert stored_ground_truth(drawing) == (4, "review")


def test_somebody_who_was_a_reviewer_agrees_like_anybody_with_a_record(
    owner: User, reviewer: User
) -> None:
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


def test_with_the_account_of_a_reviewer_goes_what_rests_on_it_alone(
    owner: User, reviewer: User
) -> None:
    drawing = make_recognized_drawing(owner)
    append_label(drawing, reviewer, 4)
    delete_account(user=reviewer)
    assert stored_ground_truth(drawing) == (None, "")
    assert Label.objects.get().author is None


@pytest.mark.django_db(transaction=True)
def test_the_owner_hears_of_it(owner: User, reviewer: User, event_listener: EventListener) -> None:
    drawing = make_recognized_drawing(owner, claim=5)
    append_label(drawing, reviewer, 3)
    ((person, event),) = event_listener.events(1)
    assert (person, event["type"], event["claim"], event["ground_truth"]) == (
        owner.pk,
        "label",
        5,
        3,
    )
    assert event["cursor"] == Drawing.objects.get(pk=drawing.pk).cursor > drawing.cursor


def _append(drawing: Drawing, author: User) -> None:
    with transaction.atomic():
        append_label_event(
            drawing=drawing, author=author, kind=LabelKind.REVIEW, value=3, source="page"
        )
