"""Ways of reviewers to add wrong labels unnoticed, and to undo a suspension."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from recognizer.accounts.deletion import delete_account
from recognizer.accounts.roles import revoke_role
from recognizer.models import (
    AnnotatorStats,
    Drawing,
    Evaluation,
    GroundTruth,
    Label,
    LabelKind,
    ReviewerFinding,
    ReviewItem,
    Split,
    User,
)
from recognizer.registry.promotion import is_valid_pass, promote_model
from recognizer.review.bulk_relabel import relabel_drawings, set_aside_drawings
from recognizer.review.ground_truth import rederive_ground_truth
from recognizer.review.review_queue_prioritization import fill_queue
from recognizer.review.reviewers.reviewer_error_rates import ReviewedDrawing, find_unreliable
from recognizer.review.reviewers.reviewer_suspension import (
    resolve_finding,
    suspend_unreliable_reviewers,
)
from recognizer.snapshots.ground_truth_changes import trainable_ground_truths
from recognizer.snapshots.set_statistics import count_excluded
from recognizer.snapshots.training_samples import load_training_samples
from tests.api.factories import make_model_version
from tests.review.factories import (
    append_label,
    make_reviewer,
    make_teaching_drawing,
    stored_ground_truth,
)
from tests.review.test_rogue_reviewers import NUM_FOURS, build_unchecked, let_a_rogue_review

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

A, B, C = 1, 2, 3


@pytest.mark.parametrize("way", ["undo and label in bulk", "label correctly, then in bulk"])
def test_a_bulk_label_after_an_item_is_compared(owner: User, roles: object, way: str) -> None:
    rogue, honest = make_reviewer("rogue"), make_reviewer("honest")
    for _ in range(NUM_FOURS):
        drawing = make_teaching_drawing(owner, digit=4, claim=4)
        append_label(drawing, honest, 4)
        label = append_label(drawing, rogue, 9 if way.startswith("undo") else 4)
        if way.startswith("undo"):
            append_label(drawing, rogue, None, kind=LabelKind.UNDO, undoes=label)
        _relabel(rogue, drawing, 9)
    assert [finding.user for finding in suspend_unreliable_reviewers()] == [rogue]


def test_bulk_labels_of_several_accounts_count_as_one(owner: User, roles: object) -> None:
    drawing = make_teaching_drawing(owner, digit=4, claim=4)
    for name in ("one", "two", "three"):
        rogue = make_reviewer(name)
        append_label(make_teaching_drawing(owner), rogue, 3)
        _relabel(rogue, drawing, 9)
    assert stored_ground_truth(drawing) == (9, "review")
    assert not trainable_ground_truths().filter(drawing=drawing).exists()
    append_label(make_teaching_drawing(owner), make_reviewer("honest"), 3)
    fill_queue(timezone.now())
    assert ReviewItem.objects.filter(drawing=drawing).exists()


def test_a_former_reviewer_and_a_claim_add_no_wrong_label(owner: User, roles: object) -> None:
    drawing = make_teaching_drawing(owner, digit=4, claim=9)
    append_label(drawing, owner, 9, kind=LabelKind.CLAIM)
    rogue = make_reviewer("rogue")
    for user in (owner, rogue):
        AnnotatorStats.objects.create(user=user, claims_correct=40, reviews_correct=40)
    append_label(drawing, rogue, 9)
    for name in ("one", "two", "three"):
        append_label(make_teaching_drawing(owner), make_reviewer(name), 3)
    revoke_role(user=rogue, role="reviewer")
    assert stored_ground_truth(drawing) == (9, "agreement")
    assert not trainable_ground_truths().filter(drawing=drawing).exists()
    fill_queue(timezone.now())
    assert ReviewItem.objects.filter(drawing=drawing).exists()


def test_drawings_that_a_suspended_reviewer_set_aside_return(owner: User, roles: object) -> None:
    rogue, _, _ = let_a_rogue_review(owner)
    drawing = make_teaching_drawing(owner)
    append_label(drawing, make_reviewer("third"), 3)
    set_aside_drawings(author=rogue, drawings={drawing.pk: 1}, source="page")
    assert GroundTruth.objects.get(drawing=drawing).is_set_aside
    suspend_unreliable_reviewers()
    assert not GroundTruth.objects.get(drawing=drawing).is_set_aside


@pytest.mark.parametrize("num_done", [0, 2, NUM_FOURS])
def test_continues_an_interrupted_suspension_and_dismissal(
    owner: User, admin: User, monkeypatch: pytest.MonkeyPatch, num_done: int
) -> None:
    _, _, alone = let_a_rogue_review(owner)
    before = _list_stats()
    with _interruption(monkeypatch, num_done), pytest.raises(KeyboardInterrupt):
        suspend_unreliable_reviewers()
    assert stored_ground_truth(alone) == (7, "review")
    assert suspend_unreliable_reviewers() == []
    assert stored_ground_truth(alone) == (None, "")
    suspended = _list_stats()
    assert suspended != before
    suspend_unreliable_reviewers()
    assert _list_stats() == suspended

    finding = ReviewerFinding.objects.get()
    with _interruption(monkeypatch, num_done), pytest.raises(KeyboardInterrupt):
        resolve_finding(finding, by=admin, outcome="dismissed")
    suspend_unreliable_reviewers()
    assert stored_ground_truth(alone) == (7, "review")
    assert _list_stats() == before


def test_a_deleted_account_stays_suspended(owner: User, admin: User) -> None:
    rogue, _, alone = let_a_rogue_review(owner, predicted=7)
    snapshot = build_unchecked()
    champion, challenger = make_model_version(), make_model_version("new", "cd" * 32)
    promote_model(model=champion, by=admin)
    evaluation = Evaluation.objects.create(
        challenger=challenger, champion=champion, gate_result="passed", decided_by="So.", report={}
    )
    suspend_unreliable_reviewers()
    delete_account(user=User.objects.get(pk=rogue.pk))
    assert not is_valid_pass(evaluation)
    assert load_training_samples(snapshot, Split.TRAINING) == []
    assert count_excluded(snapshot)["suspended"] == 1
    assert ReviewerFinding.objects.get().user is None
    assert not Label.objects.filter(drawing=alone, kind=LabelKind.REVIEW).exists()


def test_correct_labels_of_the_past_hide_no_new_errors() -> None:
    new = [ReviewedDrawing(uuid4(), {A: 9, B: 4}, predicted=4) for _ in range(20)]
    old = [ReviewedDrawing(uuid4(), {A: 4, B: 4}, predicted=4) for _ in range(180)]
    finding = find_unreliable([*new, *old])
    assert finding
    assert (finding.user_id, finding.num_incorrect) == (A, 20)


def test_one_error_of_a_new_reviewer_hides_no_other(roles: object) -> None:
    drawings = [ReviewedDrawing(uuid4(), {A: 9, B: 4}, predicted=4) for _ in range(12)]
    drawings.append(ReviewedDrawing(uuid4(), {C: 7, B: 4}, predicted=4))
    finding = find_unreliable(drawings)
    assert finding
    assert finding.user_id == A


def _relabel(author: User, drawing: Drawing, value: int) -> None:
    result = relabel_drawings(author=author, drawings={drawing.pk: 1}, value=value, source="api")
    assert not result.refused


@contextmanager
def _interruption(monkeypatch: pytest.MonkeyPatch, num_drawings: int) -> Iterator[None]:
    """Interrupt the process after a number of drawings."""
    calls = iter(range(num_drawings))

    def rederive_or_die(*args: Any, **more: Any) -> None:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        rederive_ground_truth(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(
            "recognizer.review.reviewers.reviewer_suspension.rederive_ground_truth", rederive_or_die
        )
        yield


def _list_stats() -> list[tuple[int, ...]]:
    rows = AnnotatorStats.objects.order_by("user_id")
    return list(
        rows.values_list(
            "claims_correct", "claims_incorrect", "reviews_correct", "reviews_incorrect"
        )
    )
