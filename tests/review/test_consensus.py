"""The rule that derives ground truth from labels."""

import pytest

from recognizer.models import Basis
from recognizer.review.consensus import Consensus, Vote, aggregate_votes

SURE = 0.95


def _reviews(*values: tuple[int, float]) -> list[Vote]:
    return [Vote(at, at, value, weight, True) for at, (value, weight) in enumerate(values, 1)]


def _claims(*values: tuple[int, float]) -> list[Vote]:
    return [Vote(at, at, value, weight, False) for at, (value, weight) in enumerate(values, 1)]


@pytest.mark.parametrize(
    ("votes", "consensus"),
    [
        ([], None),
        (_reviews((4, 0.5)), Consensus(4, Basis.REVIEW, 1)),
        (_reviews((4, 0.5), (4, 0.5)), Consensus(4, Basis.REVIEW, 2)),
        (_reviews((4, 0.5), (9, 0.5)), None),
        (_reviews((4, 0.5), (9, 0.6)), Consensus(9, Basis.REVIEW, 2)),
        (_reviews((4, 0.3), (9, 0.5), (4, 0.3)), Consensus(4, Basis.REVIEW, 3)),
        (_reviews((4, 0.1), (9, 0.3), (4, 0.2)), None),  # 0.1 + 0.2 is not quite 0.3
    ],
)
def test_greatest_review_weight_wins_unless_tied(
    votes: list[Vote], consensus: Consensus | None
) -> None:
    assert aggregate_votes(votes) == consensus


@pytest.mark.parametrize(
    ("votes", "consensus"),
    [
        (_claims((4, 1.0)), None),
        (_claims((4, 0.75), (4, 0.75)), Consensus(4, Basis.AGREEMENT, 2)),
        (_claims((4, 0.74), (4, 0.75)), None),
        (_claims((4, SURE), (4, SURE), (9, 0.6)), Consensus(4, Basis.AGREEMENT, 2)),
        (_claims((4, 0.9), (4, 0.9), (9, 0.6)), None),  # dissent of a third of 1.8 is too much
        (_claims((0, SURE), (0, SURE)), Consensus(0, Basis.AGREEMENT, 2)),
    ],
)
def test_claims_need_enough_agreeing_users_and_weight(
    votes: list[Vote], consensus: Consensus | None
) -> None:
    assert aggregate_votes(votes) == consensus


def test_one_reviewer_outweighs_any_number_of_claims() -> None:
    claims = [Vote(at, at, 9, SURE, False) for at in range(1, 6)]
    assert aggregate_votes([*claims, Vote(6, 6, 4, 0.01, True)]) == Consensus(4, Basis.REVIEW, 6)
