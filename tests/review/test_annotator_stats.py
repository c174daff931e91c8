"""People's records: what counts for and against them, and what their word weighs."""

import pytest

from recognizer.models import AnnotatorStats, Drawing, GoldDrawing, LabelKind, User
from recognizer.review.annotator_stats import estimate_accuracy, load_weights
from recognizer.review.claims import set_claim
from tests.api.factories import make_recognized_drawing
from tests.review.factories import append_label, make_reviewer

pytestmark = pytest.mark.django_db


def test_a_claim_is_right_or_wrong_by_the_verdict_and_cannot_follow_it(
    owner: User, reviewer: User
) -> None:
    drawing = _claimed(owner, 4)
    verdict = append_label(drawing, reviewer, 4)
    assert _annotator_stats(owner) == (1, 0, 0, 0)
    append_label(drawing, reviewer, 9)
    assert _annotator_stats(owner) == (0, 1, 0, 0)
    set_claim(owner_id=owner.pk, drawing_id=drawing.pk, value=9, source="page")
    assert _annotator_stats(owner) == (0, 1, 0, 0)
    set_claim(owner_id=owner.pk, drawing_id=drawing.pk, value=None, source="page")
    assert _annotator_stats(owner) == (0, 1, 0, 0)
    assert verdict.author == reviewer


def test_an_undone_verdict_counts_for_nobody(owner: User, reviewer: User) -> None:
    drawing = _claimed(owner, 4)
    verdict = append_label(drawing, reviewer, 9)
    append_label(drawing, reviewer, None, kind=LabelKind.UNDO, undoes=verdict)
    assert _annotator_stats(owner) == (0, 0, 0, 0)


def test_a_review_is_held_against_what_most_of_the_others_say(owner: User, roles: object) -> None:
    drawing = make_recognized_drawing(owner)
    people = [make_reviewer(name) for name in ("one", "two", "three")]
    for person, value in zip(people, (4, 4, 9), strict=True):
        append_label(drawing, person, value)
    # The others of "one" say 4 and 9, which decides nothing; those of "three" say 4 twice.
    assert [_annotator_stats(person) for person in people] == [
        (0, 0, 0, 0),
        (0, 0, 0, 0),
        (0, 0, 0, 1),
    ]


def test_an_answer_to_gold_is_held_against_what_it_is_and_changes_no_truth(
    owner: User, reviewer: User
) -> None:
    right, wrong = make_recognized_drawing(owner), make_recognized_drawing(owner)
    for drawing in (right, wrong):
        GoldDrawing.objects.create(drawing=drawing, revision=1, value=3)
    append_label(right, reviewer, 3, kind=LabelKind.GOLD)
    append_label(wrong, reviewer, 5, kind=LabelKind.GOLD)
    assert _annotator_stats(reviewer) == (0, 0, 1, 1)
    assert Drawing.objects.filter(ground_truth=None).count() == 2


@pytest.mark.parametrize(
    ("right", "wrong", "weight"), [(0, 0, 1 / 2), (8, 0, 9 / 10), (0, 3, 1 / 5), (97, 1, 0.98)]
)
def test_a_word_weighs_by_the_rule_of_succession(right: int, wrong: int, weight: float) -> None:
    assert estimate_accuracy(right, wrong) == pytest.approx(weight)


def test_claims_and_verdicts_weigh_by_records_of_their_own(owner: User, outsider: User) -> None:
    AnnotatorStats.objects.create(user=owner, claims_correct=8, reviews_incorrect=3)
    weights = load_weights([owner.pk, outsider.pk])
    assert (weights[owner.pk].claim, weights[owner.pk].verdict) == (9 / 10, 1 / 5)
    assert (weights[outsider.pk].claim, weights[outsider.pk].verdict) == (1 / 2, 1 / 2)


def _claimed(owner: User, value: int) -> Drawing:
    drawing = make_recognized_drawing(owner)
    set_claim(owner_id=owner.pk, drawing_id=drawing.pk, value=value, source="page")
    return drawing


def _annotator_stats(user: User) -> tuple[int, int, int, int]:
    record = AnnotatorStats.objects.filter(user=user).first() or AnnotatorStats(user=user)
    return (
        record.claims_correct,
        record.claims_incorrect,
        record.reviews_correct,
        record.reviews_incorrect,
    )
