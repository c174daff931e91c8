"""Rogue reviewers in a small simulation, and the consequences of a suspension."""

from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from bench.reviewers.reviewer_simulation import LabelErrors, Reviewer, ReviewerSimulation
from recognizer.models import (
    Drawing,
    Evaluation,
    GroundTruth,
    ReviewerFinding,
    ReviewItem,
    Split,
    User,
)
from recognizer.registry.promotion import CannotPromote, is_valid_pass, promote_model
from recognizer.review import queue
from recognizer.review.review_queue_prioritization import fill_queue
from recognizer.review.reviewers.reviewer_suspension import (
    CannotResolve,
    resolve_finding,
    suspend_unreliable_reviewers,
)
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.set_statistics import count_excluded
from recognizer.snapshots.training_samples import load_training_samples
from tests.api.factories import make_model_version
from tests.fixtures.users import SignIn, confirm_email, confirm_password
from tests.review.factories import (
    append_label,
    make_reviewer,
    make_teaching_drawing,
    stored_ground_truth,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NUM_FOURS = 6


@pytest.mark.slow
def test_a_simulated_rogue_is_found_and_adds_no_wrong_labels(roles: object) -> None:
    """bench/reviewers/rogue_reviewer.py has more scenarios and seeds."""
    reviewers = {"one": Reviewer(), "two": Reviewer(), "rogue": Reviewer(flips=1.0)}
    # The hidden checks are random: found after 200 to 325 reviews, n = 7.
    result = ReviewerSimulation(reviewers, seed=1, num_drawings=500).run(460)
    assert set(result.suspended_after) == {"rogue"}
    fours = sum(result.fours.values(), LabelErrors())
    assert fours.labels >= 12
    assert fours.wrong <= 2
    assert result.poisoned_gate_result != "passed"


def test_the_labels_of_a_suspended_reviewer_do_not_count(
    owner: User, admin: User, sign_in: SignIn
) -> None:
    confirm_email(admin)
    rogue, fours, alone = let_a_rogue_review(owner)
    assert stored_ground_truth(alone) == (7, "review")
    (finding,) = suspend_unreliable_reviewers()
    rogue.refresh_from_db()
    assert not rogue.is_reviewer
    assert (finding.user, finding.digit, finding.labelled_as) == (rogue, 4, 9)
    assert (finding.num_incorrect, finding.num_compared) == (NUM_FOURS, NUM_FOURS)
    assert set(finding.drawing_ids) == {str(four.pk) for four in fours}
    assert stored_ground_truth(alone) == (None, "")
    fill_queue(timezone.now())
    assert ReviewItem.objects.filter(drawing=alone).exists()
    assert suspend_unreliable_reviewers() == []

    (message,) = mail.outbox
    assert (message.to, rogue.username in message.body) == (["admin@example.org"], True)
    assert f"/reviewerfinding/{finding.pk}/" in message.body
    browser = sign_in(admin)
    assert f'data-finding="{finding.pk}"' in browser.get("/training/").content.decode()
    page = browser.get(f"/admin/recognizer/reviewerfinding/{finding.pk}/change/")
    assert page.content.decode().count("<svg") >= NUM_FOURS
    assert sign_in(rogue).get("/api/v1/review/next/").status_code == 403
    own_page = sign_in(rogue).get("/accounts/settings/").content.decode()
    assert "data-reviews-suspended" in own_page


def test_a_dismissed_finding_restores_the_labels(owner: User, admin: User, sign_in: SignIn) -> None:
    rogue, _, alone = let_a_rogue_review(owner)
    (finding,) = suspend_unreliable_reviewers()
    chosen = {"action": "dismiss", "_selected_action": [str(finding.pk)]}
    confirm_password(sign_in(admin)).post("/admin/recognizer/reviewerfinding/", chosen)
    rogue.refresh_from_db()
    assert rogue.is_reviewer
    assert stored_ground_truth(alone) == (7, "review")
    assert suspend_unreliable_reviewers() == []  # older labels accuse no more
    with pytest.raises(CannotResolve):
        resolve_finding(finding, by=admin, outcome="dismissed")


def test_nobody_resolves_the_finding_about_themselves(owner: User, admin: User) -> None:
    rogue, _, _ = let_a_rogue_review(owner)
    (finding,) = suspend_unreliable_reviewers()
    with pytest.raises(CannotResolve):
        resolve_finding(finding, by=rogue, outcome="dismissed")
    assert not ReviewerFinding.objects.exclude(resolved_at=None).exists()


def test_older_training_sets_and_evaluations_lose_the_labels(owner: User, admin: User) -> None:
    _, _, alone = let_a_rogue_review(owner, predicted=7)
    snapshot = build_unchecked()
    assert {one.drawing_id for one in load_training_samples(snapshot, Split.TRAINING)} == {alone.pk}
    champion, challenger = make_model_version(), make_model_version("new", "cd" * 32)
    promote_model(model=champion, by=admin)
    evaluation = Evaluation.objects.create(
        challenger=challenger, champion=champion, gate_result="passed", decided_by="So.", report={}
    )
    assert is_valid_pass(evaluation)
    suspend_unreliable_reviewers()
    assert load_training_samples(snapshot, Split.TRAINING) == []
    assert count_excluded(snapshot)["suspended"] == 1
    with pytest.raises(CannotPromote) as refused:
        promote_model(model=challenger, by=admin)
    assert refused.value.code == "reason_required"


def test_building_a_training_set_tests_the_reviewers_first(owner: User, outsider: User) -> None:
    rogue, _, alone = let_a_rogue_review(owner, predicted=7)
    append_label(make_teaching_drawing(outsider), make_reviewer("third"), 3)
    items = build_snapshot(by=None).items.values_list("drawing__drawing_id", flat=True)
    assert alone.pk not in items
    assert ReviewerFinding.objects.get().user == rogue


def test_a_label_against_a_confident_prediction_waits_for_others(owner: User) -> None:
    """With two active reviewers, one alone cannot add a wrong label."""
    drawing, other = make_teaching_drawing(owner), make_teaching_drawing(owner)
    one, two = make_reviewer("one"), make_reviewer("two")
    append_label(drawing, one, 8)
    append_label(other, two, 3)
    items = build_snapshot(by=None).items
    assert set(items.values_list("drawing__drawing_id", flat=True)) == {other.pk}
    fill_queue(timezone.now())
    assert ReviewItem.objects.get(drawing=drawing).is_second
    item = queue.lease_next_item(reviewer=two)
    assert item
    assert item.reason != "reviewers"
    append_label(drawing, two, 8)
    items = build_snapshot(by=None).items
    assert set(items.values_list("drawing__drawing_id", flat=True)) == {drawing.pk, other.pk}


def test_a_site_with_one_reviewer_uses_all_labels(owner: User, reviewer: User) -> None:
    drawing = make_teaching_drawing(owner)
    append_label(drawing, reviewer, 8)
    assert build_snapshot(by=None).items.count() == 1


def let_a_rogue_review(owner: User, predicted: int = 3) -> tuple[User, list[Drawing], Drawing]:
    """Let a reviewer label fours as 9, which another one contradicts, and one more drawing as 7."""
    rogue, honest = make_reviewer("rogue"), make_reviewer("honest")
    fours = [make_teaching_drawing(owner, digit=4, claim=4) for _ in range(NUM_FOURS)]
    for drawing in fours:
        append_label(drawing, rogue, 9)
        append_label(drawing, honest, 4)
    GroundTruth.objects.filter(drawing__in=fours).delete()
    alone = make_teaching_drawing(owner, digit=predicted)
    append_label(alone, rogue, 7)
    return rogue, fours, alone


def build_unchecked() -> Any:
    """Build a training set as before the reviewers were tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recognizer.snapshots.build.suspend_unreliable_reviewers", list)
        return build_snapshot(by=None)
