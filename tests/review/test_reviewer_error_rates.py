"""Error rates of reviewers and the test that finds unreliable ones."""

from uuid import uuid4

import pytest

from recognizer.review.consensus import count_required_reviewers
from recognizer.review.reviewers.reviewer_error_rates import (
    ALL_DIGITS,
    ReviewedDrawing,
    compute_binomial_tail,
    count_errors,
    find_unreliable,
)

A, B, C = 1, 2, 3


@pytest.mark.parametrize(
    ("drawing", "counted"),
    [
        ({"labels": {A: 9}, "predicted": 4, "claim": 4}, {}),
        ({"labels": {A: 4}, "predicted": 4, "claim": 4}, {A: (0, 1)}),
        ({"labels": {A: 9, B: 4}, "predicted": 4}, {A: (1, 1)}),
        ({"labels": {A: 9, B: 4}, "predicted": 4, "claim": 4}, {A: (1, 1), B: (0, 1)}),
        ({"labels": {A: 9, B: 9, C: 4}, "predicted": 4, "claim": 4}, {A: (1, 1), B: (1, 1)}),
        ({"labels": {A: 9}, "gold": 4}, {A: (1, 1)}),
        ({"labels": {A: 9, B: 4, C: 4}, "gold": 9}, {A: (0, 1), B: (1, 1), C: (1, 1)}),
        ({"labels": {A: 4}, "predicted": 9, "claim": 9}, {}),
        ({"labels": {A: 4}}, {}),
    ],
)
def test_only_gold_and_other_reviewers_contradict(
    drawing: dict[str, object], counted: dict[int, tuple[int, int]]
) -> None:
    counts = count_errors([ReviewedDrawing(id=uuid4(), **drawing)])  # type: ignore[arg-type]
    found = {
        user_id: (count.incorrect.total(), count.compared)
        for (user_id, digit), count in counts.items()
        if digit is ALL_DIGITS
    }
    assert found == counted


@pytest.mark.parametrize(
    ("wrong", "compared", "is_found"),
    [(5, 5, True), (4, 4, False), (8, 16, True), (3, 20, False), (30, 100, True), (12, 100, False)],
)
def test_finds_significant_errors_on_one_digit(wrong: int, compared: int, is_found: bool) -> None:
    drawings = [
        ReviewedDrawing(uuid4(), {A: 9 if at * wrong % compared < wrong else 4, B: 4}, predicted=4)
        for at in range(compared)
    ]
    finding = find_unreliable(drawings)
    assert (finding is not None) == is_found
    if finding:
        assert (finding.user_id, finding.labelled_as) == (A, 9)
        assert (finding.num_incorrect, finding.num_compared) == (wrong, compared)


def test_drawings_that_all_reviewers_find_hard_accuse_nobody() -> None:
    hard = [
        ReviewedDrawing(uuid4(), {user: 9 if at % 4 == user else 4 for user in (A, B, C)})
        for at in range(200)
    ]
    assert find_unreliable(hard) is None


def test_binomial_tail_is_exact_and_does_not_overflow() -> None:
    assert compute_binomial_tail(5, 5, 0.1) == pytest.approx(1e-5)
    assert compute_binomial_tail(0, 7, 0.3) == pytest.approx(1)
    assert 0 < compute_binomial_tail(2_100, 20_000, 0.1) < 0.02


@pytest.mark.parametrize(
    ("value", "claim", "predicted", "is_confident", "required"),
    [
        (4, None, 4, True, 1),
        (4, 9, 4, True, 1),
        (9, 9, 4, True, 2),
        (9, 4, 4, True, 3),
        (9, None, 4, True, 3),
        (9, 9, 4, False, 1),
        (9, 4, 9, False, 2),
        (9, None, 4, False, 2),
        (4, None, 4, False, 1),
    ],
)
def test_labels_against_the_evidence_need_more_reviewers(
    value: int, claim: int | None, predicted: int, is_confident: bool, required: int
) -> None:
    assert required == count_required_reviewers(
        value, claim=claim, predicted=predicted, is_confident=is_confident
    )
