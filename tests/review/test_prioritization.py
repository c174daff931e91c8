"""Which drawings are put before reviewers, and why."""

import uuid
from typing import Any

import pytest
from django.utils import timezone

from recognizer.drawings import queries
from recognizer.models import ReviewItem, ReviewReason, User
from recognizer.review import holdout_quota, prioritization, quality_checks
from recognizer.review.candidates import Candidate
from recognizer.review.prioritization import compute_priority, fill_queue
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
        "answer": 0,
        "is_confident": True,
        "confidence": 0.99,
        "probabilities": CONFIDENT,
    }
    return Candidate(**{**fields, **given})


def test_the_strongest_reason_counts() -> None:
    worths = [
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
    assert [worth and worth[0] for worth in worths] == [
        "novel",
        "margin",
        "conflict",
        "models",
        "conflict",
        "reviewers",
    ]
    assert all(worth and 0.5 <= worth[1] <= 1 for worth in worths)


def test_what_nobody_doubts_comes_last_but_for_a_random_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = [_candidate() for _ in range(2000)]
    worths = [worth for one in many if (worth := compute_priority(one, is_holdout_needed=False))]
    assert all(reason == "diverse" and priority <= 0.3 for reason, priority in worths)
    monkeypatch.setattr(prioritization, "AUDIT_FRACTION", 0.1)
    audited = [one for one in many if _is_audited(one)]
    assert 140 < len(audited) < 260
    assert all(_is_audited(one) for one in audited)  # the same ones each time


def _is_audited(one: Candidate) -> bool:
    worth = compute_priority(one, is_holdout_needed=False)
    return worth is not None and worth[0] == "audit"


def test_people_kept_for_judging_networks_come_while_they_are_wanted() -> None:
    wanted = compute_priority(_candidate(is_holdout=True, claim=4), is_holdout_needed=True)
    assert wanted
    assert wanted[0] == ReviewReason.AUDIT
    assert compute_priority(_candidate(is_holdout=True, claim=4), is_holdout_needed=False) is None


@pytest.mark.django_db
def test_one_person_does_not_fill_the_holdout(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdout_quota, "MAX_DRAWINGS_PER_USER", 2)
    for _ in range(2):
        append_label(make_teaching_drawing(owner, split="holdout"), reviewer, 4)
    make_teaching_drawing(owner, split="holdout")
    fill_queue(timezone.now())
    assert _reasons() == {}


@pytest.mark.django_db
def test_it_puts_in_what_is_worth_it_once(owner: User) -> None:
    conflict, unsure, sure = (
        make_teaching_drawing(owner, claim=8),
        make_teaching_drawing(owner, decision="unsure"),
        make_teaching_drawing(owner),
    )
    assert fill_queue(timezone.now()) == 3
    assert fill_queue(timezone.now()) == 0
    assert _reasons() == {conflict.pk: "conflict", unsure.pk: "margin", sure.pk: "diverse"}


@pytest.mark.django_db
def test_reviewers_who_disagree_leave_it_to_a_third(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner)
    append_label(drawing, reviewer, 4)
    append_label(drawing, make_reviewer("other"), 9)
    fill_queue(timezone.now())
    assert _reasons() == {drawing.pk: "reviewers"}


@pytest.mark.django_db
def test_it_forgets_what_is_settled_or_has_grown_or_may_not_teach(
    owner: User, outsider: User, reviewer: User
) -> None:
    settled, grown, kept = (make_teaching_drawing(owner, claim=8) for _ in range(3))
    make_teaching_drawing(outsider, claim=8)
    fill_queue(timezone.now())
    append_label(settled, reviewer, 3)
    append_stroke(grown)
    User.objects.filter(pk=outsider.pk).update(may_teach=False)
    fill_queue(timezone.now())
    assert set(_reasons()) == {kept.pk}


@pytest.mark.django_db
def test_a_share_of_what_one_judged_is_looked_at_by_others(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality_checks, "DOUBLE_REVIEW_FRACTION", 1.0)
    monkeypatch.setattr(quality_checks, "MAX_DOUBLE_REVIEWS", 2)
    for _ in range(3):
        append_label(make_teaching_drawing(owner), reviewer, 3)
    fill_queue(timezone.now())
    fill_queue(timezone.now())
    assert list(_reasons().values()) == ["audit", "audit"]


@pytest.mark.django_db
def test_a_full_queue_takes_only_what_is_worth_more(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prioritization, "MAX_QUEUE_SIZE", 2)
    for _ in range(4):
        make_teaching_drawing(owner, claim=8)
    fill_queue(timezone.now())
    assert list(_reasons().values()) == ["conflict", "conflict"]
    torn = make_teaching_drawing(owner, decision="unsure", probabilities=UNCERTAIN)
    fill_queue(timezone.now())
    assert ReviewItem.objects.count() == 2
    assert _reasons()[torn.pk] == "margin"


@pytest.mark.django_db
def test_only_the_newest_drawings_are_looked_through(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MAX_RECENT_DRAWINGS", 2)
    drawings = [make_teaching_drawing(owner) for _ in range(4)]
    fill_queue(timezone.now())
    assert set(_reasons()) == {drawing.pk for drawing in drawings[2:]}


@pytest.mark.django_db
def test_the_holdout_takes_anything_at_first_and_then_what_it_lacks(
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
def test_what_waits_for_a_reviewer_counts_as_judged(
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
