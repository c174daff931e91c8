"""The review queue: leases, reviews, skipping and undo."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer.accounts.training_consent import set_teaching_consent
from recognizer.drawings.soft_delete_and_restore import delete_drawing
from recognizer.models import Label, ReviewItem, User
from recognizer.review.api_payloads import review_page_json
from recognizer.review.errors import CannotReview
from recognizer.review.queue import (
    LeasedItem,
    count_waiting,
    lease_next_item,
    reviews_of,
    submit_review,
    undo_review,
)
from tests.review.factories import (
    append_label,
    append_stroke,
    make_reviewer,
    make_teaching_drawing,
    stored_ground_truth,
)

pytestmark = pytest.mark.django_db


def test_a_reviewer_keeps_an_item_until_it_is_reviewed(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    item = lease_next_item(reviewer=reviewer)
    again = lease_next_item(reviewer=reviewer)
    assert item
    assert again
    assert (item.drawing, item.reason, item.lease) == (drawing, "conflict", again.lease)
    assert json.loads(item.drawing.ink)
    _submit(reviewer, item, 3)
    assert stored_ground_truth(drawing) == (3, "review")
    assert lease_next_item(reviewer=reviewer) is None
    assert Label.objects.get(kind="review").reason == "conflict"


def test_holdout_items_are_chosen_at_random(owner: User, outsider: User, reviewer: User) -> None:
    append_label(make_teaching_drawing(outsider), reviewer, 3)
    make_teaching_drawing(owner, claim=8, split="holdout")
    item = lease_next_item(reviewer=reviewer)
    assert item
    assert item.reason == "audit"


def test_two_reviewers_get_different_items(owner: User, reviewer: User) -> None:
    make_teaching_drawing(owner, claim=8)
    assert lease_next_item(reviewer=reviewer)
    other = make_reviewer("other")
    assert lease_next_item(reviewer=other) is None
    second = make_teaching_drawing(owner, claim=7)
    item = lease_next_item(reviewer=other)
    assert item
    assert item.drawing == second


def test_excluded_drawings_are_not_leased_again(owner: User, reviewer: User) -> None:
    drawings = {make_teaching_drawing(owner, claim=8).pk for _ in range(3)}
    held: list[LeasedItem] = []
    while item := lease_next_item(reviewer=reviewer, exclude_keys=[one.key for one in held]):
        held.append(item)
    assert {one.drawing.pk for one in held} == drawings
    assert len(held) == 3
    assert count_waiting(reviewer) == 3


def test_refuses_a_review_after_another_reviewer_took_the_lease(
    owner: User, reviewer: User
) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    late = lease_next_item(reviewer=reviewer)
    assert late
    _expire_leases()
    other = make_reviewer("other")
    item = lease_next_item(reviewer=other)
    assert item
    with pytest.raises(CannotReview) as refused:
        _submit(reviewer, late, 3)
    assert refused.value.code == "lease_expired"
    _submit(other, item, 8)
    assert stored_ground_truth(drawing) == (8, "review")


def test_accepts_a_late_review_if_no_one_took_the_lease(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    item = lease_next_item(reviewer=reviewer)
    assert item
    _expire_leases()
    _submit(reviewer, item, 3)
    assert stored_ground_truth(drawing) == (3, "review")


def test_never_leases_the_reviewers_own_drawing(reviewer: User) -> None:
    make_teaching_drawing(reviewer, claim=8)
    assert lease_next_item(reviewer=reviewer) is None


def test_leases_only_trainable_drawings(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    assert lease_next_item(reviewer=reviewer)
    owner.refresh_from_db()
    set_teaching_consent(user=owner, may_teach=False)
    assert lease_next_item(reviewer=reviewer) is None
    set_teaching_consent(user=owner, may_teach=True)
    assert lease_next_item(reviewer=reviewer)
    delete_drawing(owner_id=owner.pk, drawing_id=drawing.pk)
    assert lease_next_item(reviewer=reviewer) is None


def test_refuses_a_review_of_a_changed_drawing(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    item = lease_next_item(reviewer=reviewer)
    assert item
    append_stroke(drawing)
    with pytest.raises(CannotReview) as refused:
        _submit(reviewer, item, 3)
    assert refused.value.code == "stale"
    assert lease_next_item(reviewer=reviewer) is None
    assert stored_ground_truth(drawing) is None


def test_a_skipped_item_goes_to_another_reviewer(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    item = lease_next_item(reviewer=reviewer)
    assert item
    _submit(reviewer, item, None)
    assert lease_next_item(reviewer=reviewer) is None
    other = lease_next_item(reviewer=make_reviewer("other"))
    assert other
    assert other.drawing == drawing
    assert stored_ground_truth(drawing) is None


def test_undo_leases_the_item_again_with_its_reason(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8, confidence=0.5)
    make_teaching_drawing(owner, claim=7)
    item = lease_next_item(reviewer=reviewer)
    assert item
    _submit(reviewer, item, 3)
    back = undo_review(reviewer=reviewer, key=item.key, source="page")
    assert back
    assert (back.drawing, back.reason) == (drawing, "conflict")
    assert stored_ground_truth(drawing) == (None, "")
    assert list(reviews_of(reviewer)) == []
    _submit(reviewer, back, 8)
    assert stored_ground_truth(drawing) == (8, "review")
    assert Label.objects.filter(author=reviewer).count() == 3


def test_does_not_show_drawings_of_withdrawn_consent(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner, claim=8)
    item = lease_next_item(reviewer=reviewer)
    assert item
    _submit(reviewer, item, 3)
    assert [one["id"] for one in review_page_json(reviewer)["decided"]] == [str(item.key)]
    set_teaching_consent(user=User.objects.get(pk=owner.pk), may_teach=False)
    assert review_page_json(reviewer)["decided"] == []
    assert undo_review(reviewer=reviewer, key=item.key, source="page") is None
    assert stored_ground_truth(drawing) == (None, "")


def test_refuses_to_undo_without_a_review(owner: User, reviewer: User) -> None:
    make_teaching_drawing(owner, claim=8)
    item = lease_next_item(reviewer=reviewer)
    assert item
    with pytest.raises(CannotReview) as refused:
        undo_review(reviewer=reviewer, key=item.key, source="page")
    assert refused.value.code == "nothing_to_undo"


def test_leases_only_drawings_of_the_given_digit(owner: User, reviewer: User) -> None:
    make_teaching_drawing(owner, claim=8)
    seven = make_teaching_drawing(owner, claim=7)
    item = lease_next_item(reviewer=reviewer, digit=7)
    assert item
    assert item.drawing == seven
    assert lease_next_item(reviewer=reviewer, digit=1) is None


def _submit(reviewer: User, item: LeasedItem, value: int | None) -> Label:
    return submit_review(
        reviewer=reviewer,
        key=item.key,
        lease=item.lease,
        value=value,
        blind=True,
        source="page",
    )


def _expire_leases() -> None:
    ReviewItem.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
