"""Selection of drawings for the review queue, and their reasons."""

import uuid
from typing import Any

import pytest
from django.utils import timezone

from recognizer.drawings import recent_and_trainable_conditions
from recognizer.models import ReviewItem, ReviewReason, User
from recognizer.review import (
    double_review_and_gold_items,
    hidden_checks,
    holdout_quota,
    review_queue_prioritization,
)
from recognizer.review.review_candidates import Candidate
from recognizer.review.review_queue_prioritization import compute_priority, fill_queue
from tests.review.factories import append_label, append_stroke, make_reviewer, make_teaching_drawing

CONFIDENT = [0.99, *[0.0] * 9]
UNCERTAIN = [0.5, 0.45, *[0.0] * 8]


def _candidate(**given: Any) -> Candidate:
    fields: dict[str, Any] = {
        "id": uuid.uuid4(),
        "owner_id": 1,
        "revision": 1,
        "is_holdout": False,
        "claim": 0,
        "predicted_label": 0,
        "is_confident": True,
        "confidence": 0.99,
        "probabilities": CONFIDENT,
    }
    return Candidate(**{**fields, **given})


def test_the_reason_with_the_highest_priority_wins() -> None:
    priorities = [
        compute_priority(_candidate(**given), is_holdout_needed=False)
        for given in (
            {"distance": 0.9, "claim": 4},
            {"probabilities": UNCERTAIN, "claim": 4},
            {"claim": 4, "confidence": 0.7},
            {"is_contradicted": True, "claim": 4},
            {"claim": 4},
            {"is_disputed": True, "distance": 0.9},
        )
    ]
    assert [priority and priority[0] for priority in priorities] == [
        "novel",
        "margin",
        "conflict",
        "models",
        "conflict",
        "reviewers",
    ]
    assert all(priority and 0.5 <= priority[1] <= 1 for priority in priorities)


def test_undisputed_drawings_come_last_except_random_checks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = [_candidate() for _ in range(2000)]
    priorities = [
        priority for one in many if (priority := compute_priority(one, is_holdout_needed=False))
    ]
    assert all(reason == "diverse" and value <= 0.3 for reason, value in priorities)
    monkeypatch.setattr(review_queue_prioritization, "AUDIT_FRACTION", 0.1)
    audited = [one for one in many if _is_audited(one)]
    assert 140 < len(audited) < 260
    assert all(_is_audited(one) for one in audited)  # deterministic


def _is_audited(one: Candidate) -> bool:
    priority = compute_priority(one, is_holdout_needed=False)
    return priority is not None and priority[0] == "audit"


def test_queues_holdout_drawings_only_while_they_are_needed() -> None:
    found = compute_priority(_candidate(is_holdout=True, claim=4), is_holdout_needed=True)
    assert found
    assert found[0] == ReviewReason.AUDIT
    assert compute_priority(_candidate(is_holdout=True, claim=4), is_holdout_needed=False) is None


@pytest.mark.django_db
def test_limits_the_holdout_drawings_of_one_user(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdout_quota, "MAX_DRAWINGS_PER_USER", 2)
    for _ in range(2):
        append_label(make_teaching_drawing(owner, split="holdout", digit=4), reviewer, 4)
    make_teaching_drawing(owner, split="holdout")
    fill_queue(timezone.now())
    assert _reasons() == {}


@pytest.mark.django_db
def test_queues_each_drawing_once(owner: User) -> None:
    conflict, unsure, sure = (
        make_teaching_drawing(owner, claim=8),
        make_teaching_drawing(owner, decision="unsure"),
        make_teaching_drawing(owner),
    )
    assert fill_queue(timezone.now()) == 3
    assert fill_queue(timezone.now()) == 0
    assert _reasons() == {conflict.pk: "conflict", unsure.pk: "margin", sure.pk: "diverse"}


@pytest.mark.django_db
def test_queues_a_disputed_drawing_for_a_third_reviewer(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner)
    append_label(drawing, reviewer, 4)
    append_label(drawing, make_reviewer("other"), 9)
    fill_queue(timezone.now())
    assert _reasons() == {drawing.pk: "reviewers"}


@pytest.mark.django_db
def test_deletes_resolved_changed_and_withdrawn_items(
    owner: User, outsider: User, reviewer: User
) -> None:
    resolved, changed, kept = (make_teaching_drawing(owner, claim=8) for _ in range(3))
    make_teaching_drawing(outsider, claim=8)
    fill_queue(timezone.now())
    append_label(resolved, reviewer, 3)
    append_stroke(changed)
    User.objects.filter(pk=outsider.pk).update(may_teach=False)
    fill_queue(timezone.now())
    assert set(_reasons()) == {kept.pk}


@pytest.mark.django_db
def test_queues_second_reviews_up_to_a_limit(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hidden_checks, "CHECK_FRACTION", 1.0)
    monkeypatch.setattr(double_review_and_gold_items, "MAX_CHECK_ITEMS", 2)
    for _ in range(3):
        append_label(make_teaching_drawing(owner), reviewer, 3)
    fill_queue(timezone.now())
    fill_queue(timezone.now())
    assert list(_reasons().values()) == ["audit", "audit"]


@pytest.mark.django_db
def test_a_full_queue_takes_only_higher_priorities(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_queue_prioritization, "MAX_QUEUE_SIZE", 2)
    for _ in range(4):
        make_teaching_drawing(owner, claim=8)
    fill_queue(timezone.now())
    assert list(_reasons().values()) == ["conflict", "conflict"]
    uncertain = make_teaching_drawing(owner, decision="unsure", probabilities=UNCERTAIN)
    fill_queue(timezone.now())
    assert ReviewItem.objects.count() == 2
    assert _reasons()[uncertain.pk] == "margin"


@pytest.mark.django_db
def test_scans_only_the_newest_drawings(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_and_trainable_conditions, "MAX_RECENT_DRAWINGS", 2)
    drawings = [make_teaching_drawing(owner) for _ in range(4)]
    fill_queue(timezone.now())
    assert set(_reasons()) == {drawing.pk for drawing in drawings[2:]}


@pytest.mark.django_db
def test_a_filled_holdout_needs_only_missing_labels(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdout_quota, "MIN_HOLDOUT_DRAWINGS", 3)
    monkeypatch.setattr(holdout_quota, "MIN_DRAWINGS_PER_LABEL", 2)
    four, nine = (_candidate(is_holdout=True, claim=claim, owner_id=-1) for claim in (4, 9))
    assert holdout_quota.count_holdout().needs_drawing(four)
    for value in (4, 4, 9):
        append_label(make_teaching_drawing(owner, split="holdout"), reviewer, value)
    assert not holdout_quota.count_holdout().needs_drawing(four)
    assert holdout_quota.count_holdout().needs_drawing(nine)


@pytest.mark.django_db
def test_queued_holdout_drawings_count_as_labelled(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdout_quota, "MIN_HOLDOUT_DRAWINGS", 3)
    monkeypatch.setattr(holdout_quota, "MIN_DRAWINGS_PER_LABEL", 0)
    for _ in range(5):
        make_teaching_drawing(owner, split="holdout", claim=4)
    assert fill_queue(timezone.now()) == 3
    assert fill_queue(timezone.now()) == 0


def _reasons() -> dict[Any, str]:
    return dict(ReviewItem.objects.values_list("drawing_id", "reason"))


def test_samples_prompted_drawings_whatever_the_prediction_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def reasons(**given: Any) -> set[str]:
        found = [
            compute_priority(_candidate(is_prompted=True, **given), is_holdout_needed=False)
            for _ in range(3)
        ]
        return {one[0] for one in found if one}

    wrong = {"claim": 4, "probabilities": UNCERTAIN}
    monkeypatch.setattr(review_queue_prioritization, "PROMPT_SAMPLE_FRACTION", 1)
    assert reasons() == reasons(**wrong) == {"audit"}
    monkeypatch.setattr(review_queue_prioritization, "PROMPT_SAMPLE_FRACTION", 0)
    assert reasons(**wrong) == {"margin"}
