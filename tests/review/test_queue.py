"""The queue: who gets which card, leases, decisions and undoing them."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from recognizer.accounts.consent import set_teaching_consent
from recognizer.drawings.trash import delete_drawing
from recognizer.models import Drawing, Label, ReviewItem, User
from recognizer.review.errors import CannotReview
from recognizer.review.queue import (
    count_waiting,
    lease_next_item,
    reviews_of,
    submit_review,
    undo_review,
)
from recognizer.review.serializers import review_page_json
from tests.review.factories import (
    append_stroke,
    make_reviewer,
    make_teaching_drawing,
    stored_ground_truth,
)

pytestmark = pytest.mark.django_db


def test_a_card_comes_with_its_reason_and_stays_until_it_is_decided(
    owner: User, reviewer: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    card = lease_next_item(reviewer=reviewer)
    again = lease_next_item(reviewer=reviewer)
    assert card
    assert again
    assert (card.drawing, card.reason, card.lease) == (drawing, "conflict", again.lease)
    assert json.loads(card.drawing.ink)
    _decide(reviewer, drawing, card.lease, 3)
    assert stored_ground_truth(drawing) == (3, "review")
    assert lease_next_item(reviewer=reviewer) is None
    assert Label.objects.get(kind="review").reason == "conflict"


def test_what_judges_networks_is_not_chosen_for_the_champions_mistakes(
    owner: User, reviewer: User
) -> None:
    make_teaching_drawing(owner, claim=8, split="holdout")
    card = lease_next_item(reviewer=reviewer)
    assert card
    assert card.reason == "audit"


def test_another_reviewer_gets_another_card(owner: User, reviewer: User) -> None:
    make_teaching_drawing(owner, claim=8)
    assert lease_next_item(reviewer=reviewer)
    other = make_reviewer("other")
    assert lease_next_item(reviewer=other) is None
    second = make_teaching_drawing(owner, claim=7)
    card = lease_next_item(reviewer=other)
    assert card
    assert card.drawing == second


def test_another_one_comes_besides_those_in_hand(owner: User, reviewer: User) -> None:
    drawings = {make_teaching_drawing(owner, claim=8).pk for _ in range(3)}
    hand: list[Drawing] = []
    while card := lease_next_item(reviewer=reviewer, exclude_ids=[one.pk for one in hand]):
        hand.append(card.drawing)
    assert {one.pk for one in hand} == drawings
    assert len(hand) == 3
    assert count_waiting(reviewer) == 3


def test_a_lease_that_ran_out_goes_to_somebody_else_and_the_late_verdict_is_refused(
    owner: User, reviewer: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    late = lease_next_item(reviewer=reviewer)
    assert late
    _expire_leases()
    other = make_reviewer("other")
    card = lease_next_item(reviewer=other)
    assert card
    with pytest.raises(CannotReview) as refused:
        _decide(reviewer, drawing, late.lease, 3)
    assert refused.value.code == "lease_expired"
    _decide(other, drawing, card.lease, 8)
    assert stored_ground_truth(drawing) == (8, "review")


def test_a_late_verdict_counts_when_nobody_else_has_the_card(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    card = lease_next_item(reviewer=reviewer)
    assert card
    _expire_leases()
    _decide(reviewer, drawing, card.lease, 3)
    assert stored_ground_truth(drawing) == (3, "review")


def test_nobody_gets_their_own(reviewer: User) -> None:
    make_teaching_drawing(reviewer, claim=8)
    assert lease_next_item(reviewer=reviewer) is None


def test_only_drawings_that_may_teach_are_shown(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    assert lease_next_item(reviewer=reviewer)
    owner.refresh_from_db()
    set_teaching_consent(user=owner, may_teach=False)
    assert lease_next_item(reviewer=reviewer) is None
    set_teaching_consent(user=owner, may_teach=True)
    assert lease_next_item(reviewer=reviewer)
    delete_drawing(owner_id=owner.pk, drawing_id=drawing.pk)
    assert lease_next_item(reviewer=reviewer) is None


def test_a_card_whose_drawing_has_grown_is_refused_and_not_shown_again(
    owner: User, reviewer: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    card = lease_next_item(reviewer=reviewer)
    assert card
    append_stroke(drawing)
    with pytest.raises(CannotReview) as refused:
        _decide(reviewer, drawing, card.lease, 3)
    assert refused.value.code == "stale"
    assert lease_next_item(reviewer=reviewer) is None
    assert stored_ground_truth(drawing) is None


def test_a_skipped_card_goes_to_somebody_else(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    card = lease_next_item(reviewer=reviewer)
    assert card
    _decide(reviewer, drawing, card.lease, None)
    assert lease_next_item(reviewer=reviewer) is None
    other = lease_next_item(reviewer=make_reviewer("other"))
    assert other
    assert other.drawing == drawing
    assert stored_ground_truth(drawing) is None


def test_undoing_brings_the_card_back_with_its_reason(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8, confidence=0.5)
    make_teaching_drawing(owner, claim=7)
    card = lease_next_item(reviewer=reviewer)
    assert card
    _decide(reviewer, drawing, card.lease, 3)
    back = undo_review(reviewer=reviewer, drawing_id=drawing.pk, source="page")
    assert back
    assert (back.drawing, back.reason) == (drawing, "conflict")
    assert stored_ground_truth(drawing) == (None, "")
    assert list(reviews_of(reviewer)) == []
    _decide(reviewer, drawing, back.lease, 8)
    assert stored_ground_truth(drawing) == (8, "review")
    assert Label.objects.filter(author=reviewer).count() == 3


def test_who_has_said_no_since_is_shown_no_more(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    card = lease_next_item(reviewer=reviewer)
    assert card
    _decide(reviewer, drawing, card.lease, 3)
    assert [one["id"] for one in review_page_json(reviewer)["decided"]] == [str(drawing.pk)]
    set_teaching_consent(user=User.objects.get(pk=owner.pk), may_teach=False)
    assert review_page_json(reviewer)["decided"] == []
    assert undo_review(reviewer=reviewer, drawing_id=drawing.pk, source="page") is None
    assert stored_ground_truth(drawing) == (None, "")


def test_nothing_said_cannot_be_undone(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    with pytest.raises(CannotReview) as refused:
        undo_review(reviewer=reviewer, drawing_id=drawing.pk, source="page")
    assert refused.value.code == "nothing_to_undo"


def test_it_can_be_asked_for_one_digit(owner: User, reviewer: User) -> None:
    make_teaching_drawing(owner, claim=8)
    seven = make_teaching_drawing(owner, claim=7)
    card = lease_next_item(reviewer=reviewer, digit=7)
    assert card
    assert card.drawing == seven
    assert lease_next_item(reviewer=reviewer, digit=1) is None


def _decide(reviewer: User, drawing: Drawing, lease: UUID, decision: int | None) -> Label:
    return submit_review(
        reviewer=reviewer,
        drawing_id=drawing.pk,
        lease=lease,
        decision=decision,
        blind=True,
        source="page",
    )


def _expire_leases() -> None:
    ReviewItem.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
