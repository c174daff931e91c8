"""Annotator statistics and the label weights that follow from them."""

import pytest

from recognizer.models import AnnotatorStats, Drawing, GoldDrawing, LabelKind, User
from recognizer.review.owner_claims import set_claim
from recognizer.review.reviewers.annotator_accuracy import estimate_accuracy, load_weights
from tests.api.factories import make_recognized_drawing
from tests.review.factories import append_label, make_reviewer

pytestmark = pytest.mark.django_db


def test_scores_a_claim_only_against_later_reviews(owner: User, reviewer: User) -> None:
    drawing = _make_claimed_drawing(owner, 4)
    review = append_label(drawing, reviewer, 4)
    assert _annotator_stats(owner) == (1, 0, 0, 0)
    append_label(drawing, reviewer, 9)
    assert _annotator_stats(owner) == (0, 1, 0, 0)
    set_claim(owner_id=owner.pk, drawing_id=drawing.pk, value=9, source="page")
    assert _annotator_stats(owner) == (0, 1, 0, 0)
    set_claim(owner_id=owner.pk, drawing_id=drawing.pk, value=None, source="page")
    assert _annotator_stats(owner) == (0, 1, 0, 0)
    assert review.author == reviewer


def test_an_undone_review_changes_no_statistics(owner: User, reviewer: User) -> None:
    drawing = _make_claimed_drawing(owner, 4)
    review = append_label(drawing, reviewer, 9)
    append_label(drawing, reviewer, None, kind=LabelKind.UNDO, undoes=review)
    assert _annotator_stats(owner) == (0, 0, 0, 0)


def test_scores_a_review_against_the_majority_of_the_others(owner: User, roles: object) -> None:
    drawing = make_recognized_drawing(owner)
    reviewers = [make_reviewer(name) for name in ("one", "two", "three")]
    for user, value in zip(reviewers, (4, 4, 9), strict=True):
        append_label(drawing, user, value)
    # For "one" the other two are tied; for "three" both others chose 4.
    assert [_annotator_stats(user) for user in reviewers] == [
        (0, 0, 0, 0),
        (0, 0, 0, 0),
        (0, 0, 0, 1),
    ]


def test_gold_labels_are_scored_and_change_no_ground_truth(owner: User, reviewer: User) -> None:
    right, wrong = make_recognized_drawing(owner), make_recognized_drawing(owner)
    for drawing in (right, wrong):
        GoldDrawing.objects.create(drawing=drawing, revision=1, value=3)
    append_label(right, reviewer, 3, kind=LabelKind.GOLD)
    append_label(wrong, reviewer, 5, kind=LabelKind.GOLD)
    assert _annotator_stats(reviewer) == (0, 0, 1, 1)
    assert Drawing.objects.filter(ground_truth=None).count() == 2


@pytest.mark.parametrize(
    ("correct", "incorrect", "weight"),
    [(0, 0, 1 / 2), (8, 0, 9 / 10), (0, 3, 1 / 5), (97, 1, 0.98)],
)
def test_accuracy_follows_the_rule_of_succession(
    correct: int, incorrect: int, weight: float
) -> None:
    assert estimate_accuracy(correct, incorrect) == pytest.approx(weight)


def test_claims_and_reviews_have_separate_weights(owner: User, outsider: User) -> None:
    AnnotatorStats.objects.create(user=owner, claims_correct=8, reviews_incorrect=3)
    weights = load_weights([owner.pk, outsider.pk])
    assert (weights[owner.pk].claim, weights[owner.pk].review) == (9 / 10, 1 / 5)
    assert (weights[outsider.pk].claim, weights[outsider.pk].review) == (1 / 2, 1 / 2)


def _make_claimed_drawing(owner: User, value: int) -> Drawing:
    drawing = make_recognized_drawing(owner)
    set_claim(owner_id=owner.pk, drawing_id=drawing.pk, value=value, source="page")
    return drawing


def _annotator_stats(user: User) -> tuple[int, int, int, int]:
    stats = AnnotatorStats.objects.filter(user=user).first() or AnnotatorStats(user=user)
    return (
        stats.claims_correct,
        stats.claims_incorrect,
        stats.reviews_correct,
        stats.reviews_incorrect,
    )
