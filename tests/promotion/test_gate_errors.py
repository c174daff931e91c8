"""Error rates of the promotion gate by simulation: equal challengers promoted, better ones
refused."""

import numpy as np
import numpy.typing as npt
import pytest

from ml.evaluation.promotion_gate import PairedPredictions, SetPredictions, decide_promotion

pytestmark = pytest.mark.slow

USUAL_SIZES = (3_371, 1_248, 450, 350)
SMALL_SIZES = (1_900,) * 6
NUM_TRIALS = 800


def _predict(
    rng: np.random.Generator, labels: npt.NDArray[np.int64], wrong: npt.NDArray[np.bool_]
) -> SetPredictions:
    high = 1 - 0.02 * rng.random(len(labels)) ** 4
    low = rng.uniform(0, 0.4, len(labels))
    return SetPredictions(np.where(wrong, (labels + 1) % 10, labels), np.where(wrong, low, high))


def _simulate(
    rng: np.random.Generator, *, sizes: tuple[int, ...], changing: float, better: float
) -> list[PairedPredictions]:
    """Return sets on which both models err together on 1 % of the drawings. On the fraction
    `changing` only one errs: the champion with probability `better`."""
    sets = []
    for number, n in enumerate(sizes):
        labels = np.arange(n, dtype=np.int64) % 10
        both, one = rng.random(n) < 0.01, rng.random(n) < changing
        is_champion = rng.random(n) < better
        champion = _predict(rng, labels, both | (one & is_champion))
        challenger = _predict(rng, labels, both | (one & ~is_champion))
        sets.append(PairedPredictions(str(number), str(number), labels, champion, challenger))
    return sets


def _promotion_rate(
    *,
    changing: float,
    better: float,
    sizes: tuple[int, ...] = USUAL_SIZES,
    num_trials: int = NUM_TRIALS,
) -> float:
    rng = np.random.default_rng(7)
    promoted = 0
    for _ in range(num_trials):
        sets = _simulate(rng, sizes=sizes, changing=changing, better=better)
        promoted += decide_promotion(sets).gate_result == "passed"
    return promoted / num_trials


def test_promotes_at_most_5_percent_of_equal_challengers() -> None:
    assert _promotion_rate(changing=0.003, better=0.5) <= 0.05
    assert _promotion_rate(changing=0.05, better=0.5) <= 0.05


def test_more_sets_do_not_promote_equal_challengers_more_often() -> None:
    assert _promotion_rate(changing=0.1, better=0.5, sizes=SMALL_SIZES, num_trials=300) <= 0.05


def test_never_promotes_a_worse_challenger() -> None:
    assert _promotion_rate(changing=0.03, better=0.2, num_trials=300) == 0


def test_promotes_a_challenger_with_half_the_errors() -> None:
    assert _promotion_rate(changing=0.03, better=0.9, num_trials=300) >= 0.95
