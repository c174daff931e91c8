"""Events make the truth: verdicts, undoing, growing ink, people who stop being reviewers."""

import pytest
from django.db import transaction

from recognizer import contract
from recognizer.accounts import delete_account, grant_role, revoke_role
from recognizer.labels import claim_label
from recognizer.models import Drawing, GroundTruth, Label, LabelKind, User
from recognizer.review.truth import CannotAppend, append_event, derive_truth, standing_events
from tests.api.drawn import answered
from tests.api.listening import Listener
from tests.review.people import grow, reviewer_named, say, truth_of

pytestmark = pytest.mark.django_db


def test_a_verdict_is_an_event_that_keeps_what_was_before(owner: User, reviewer: User) -> None:
    drawing = answered(owner, claim=5)
    first = say(drawing, reviewer, 3, blind=True, reason="conflict")
    second = say(drawing, reviewer, 8)
    assert truth_of(drawing) == (8, "review")
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
    drawing = answered(owner)
    claim_label(owner_id=owner.pk, drawing_id=drawing.pk, value=3, source="page")
    assert truth_of(drawing) is None


def test_undoing_is_another_event_and_the_one_before_counts_again(
    owner: User, reviewer: User
) -> None:
    drawing = answered(owner)
    say(drawing, reviewer, 3)
    second = say(drawing, reviewer, 8)
    undo = say(drawing, reviewer, None, kind=LabelKind.UNDO, undoes=second)
    assert truth_of(drawing) == (3, "review")
    assert (undo.previous_ground_truth, Label.objects.count()) == (8, 3)
    assert [label.value for label in standing_events(drawing)] == [3]


def test_ink_that_grows_leaves_claim_verdict_and_truth_behind(owner: User, reviewer: User) -> None:
    drawing = answered(owner, claim=3)
    say(drawing, reviewer, 3)
    grow(drawing)
    found = Drawing.objects.select_related("ground_truth").get(pk=drawing.pk)
    assert contract.drawing_json(found)["ground_truth"] is None
    derive_truth(drawing.pk)
    assert truth_of(drawing) == (None, "")


def test_a_verdict_on_a_revision_that_has_passed_is_refused(owner: User, reviewer: User) -> None:
    drawing = answered(owner)
    seen = Drawing.objects.get(pk=drawing.pk)
    grow(drawing)
    with pytest.raises(CannotAppend, match="stale"):
        _append(seen, reviewer)
    assert not Label.objects.exists()


def test_nobody_judges_their_own(reviewer: User) -> None:
    drawing = answered(reviewer)
    with pytest.raises(CannotAppend, match="own_drawing"):
        _append(drawing, reviewer)


def test_a_drawing_set_aside_says_so_until_that_is_undone(owner: User, admin: User) -> None:
    drawing = answered(owner)
    aside = say(drawing, admin, None, kind=LabelKind.SET_ASIDE)
    assert GroundTruth.objects.get().is_set_aside
    say(drawing, admin, None, kind=LabelKind.UNDO, undoes=aside)
    assert not GroundTruth.objects.get().is_set_aside


def test_verdicts_lapse_with_the_role_and_come_back_with_it(owner: User, reviewer: User) -> None:
    drawing = answered(owner)
    say(drawing, reviewer, 4)
    revoke_role(user=reviewer, role="reviewer")
    assert truth_of(drawing) == (None, "")
    grant_role(user=reviewer, role="reviewer")
    assert truth_of(drawing) == (4, "review")


def test_of_two_reviewers_one_remains(owner: User, reviewer: User) -> None:
    drawing = answered(owner)
    other = reviewer_named("other")
    say(drawing, reviewer, 4)
    say(drawing, other, 9)
    assert truth_of(drawing) == (None, "")
    revoke_role(user=other, role="reviewer")
    assert truth_of(drawing) == (4, "review")


def test_somebody_who_was_a_reviewer_agrees_like_anybody_with_a_record(
    owner: User, reviewer: User
) -> None:
    known = [answered(owner) for _ in range(8)]
    other = reviewer_named("other")
    for drawing in known:
        claim_label(owner_id=owner.pk, drawing_id=drawing.pk, value=3, source="page")
        say(drawing, reviewer, 3)
        say(drawing, other, 3)
    drawing = answered(owner)
    claim_label(owner_id=owner.pk, drawing_id=drawing.pk, value=7, source="page")
    say(drawing, other, 7)
    revoke_role(user=other, role="reviewer")
    assert truth_of(drawing) == (7, "agreement")


def test_with_the_account_of_a_reviewer_goes_what_rests_on_it_alone(
    owner: User, reviewer: User
) -> None:
    drawing = answered(owner)
    say(drawing, reviewer, 4)
    delete_account(user=reviewer)
    assert truth_of(drawing) == (None, "")
    assert Label.objects.get().author is None


@pytest.mark.django_db(transaction=True)
def test_the_owner_hears_of_it(owner: User, reviewer: User, listener: Listener) -> None:
    drawing = answered(owner, claim=5)
    say(drawing, reviewer, 3)
    ((person, event),) = listener.events(1)
    assert (person, event["type"], event["claim"], event["ground_truth"]) == (
        owner.pk,
        "label",
        5,
        3,
    )
    assert event["cursor"] == Drawing.objects.get(pk=drawing.pk).cursor > drawing.cursor


def _append(drawing: Drawing, author: User) -> None:
    with transaction.atomic():
        append_event(drawing=drawing, author=author, kind=LabelKind.REVIEW, value=3, source="page")
