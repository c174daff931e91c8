"""How often the gate errs, by simulation: equal challengers promoted, better ones refused."""

import numpy as np
import numpy.typing as npt
import pytest

from ml.evaluation.promotion_gate import PairedPredictions, SetPredictions, decide_promotion

pytestmark = pytest.mark.slow

USUAL = (3_371, 1_248, 450, 350)
SMALL = (1_900,) * 6
ROUNDS = 800


def _answer(
    rng: np.random.Generator, labels: npt.NDArray[np.int64], wrong: npt.NDArray[np.bool_]
) -> SetPredictions:
    sure = 1 - 0.02 * rng.random(len(labels)) ** 4
    unsure = rng.uniform(0, 0.4, len(labels))
    return SetPredictions(np.where(wrong, (labels + 1) % 10, labels), np.where(wrong, unsure, sure))


def _simulate(
    rng: np.random.Generator, *, sizes: tuple[int, ...], changing: float, better: float
) -> list[PairedPredictions]:
    """Both err together on one in a hundred; on `changing` of the drawings one of them alone does,
    with the chance `better` the champion."""
    sets = []
    for number, n in enumerate(sizes):
        labels = np.arange(n, dtype=np.int64) % 10
        both, one = rng.random(n) < 0.01, rng.random(n) < changing
        is_champion = rng.random(n) < better
        champion = _answer(rng, labels, both | (one & is_champion))
        challenger = _answer(rng, labels, both | (one & ~is_champion))
        sets.append(PairedPredictions(str(number), str(number), labels, champion, challenger))
    return sets


def _share_promoted(
    *, changing: float, better: float, sizes: tuple[int, ...] = USUAL, rounds: int = ROUNDS
) -> float:
    rng = np.random.default_rng(7)
    promoted = 0
    for _ in range(rounds):
        sets = _simulate(rng, sizes=sizes, changing=changing, better=better)
        promoted += decide_promotion(sets).outcome == "passed"
    return promoted / rounds


def test_an_equal_challenger_is_promoted_in_five_of_a_hundred_at_most() -> None:
    assert _share_promoted(changing=0.003, better=0.5) <= 0.05
    assert _share_promoted(changing=0.05, better=0.5) <= 0.05


def test_more_sets_do_not_promote_an_equal_challenger_more_often() -> None:
    assert _share_promoted(changing=0.1, better=0.5, sizes=SMALL, rounds=300) <= 0.05


def test_a_worse_challenger_is_never_promoted() -> None:
    assert _share_promoted(changing=0.03, better=0.2, rounds=300) == 0


def test_a_challenger_that_halves_the_errors_is_promoted() -> None:
    assert _share_promoted(changing=0.03, better=0.9, rounds=300) >= 0.95
