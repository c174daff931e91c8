"""How often the gate errs, by simulation: equal challengers promoted, better ones refused."""

import numpy as np
import numpy.typing as npt

from ml.gate import Answered, Compared, judge

SETS = (("mnist", 3_371), ("pen", 1_248), ("people", 450), ("reviewed", 350))
ROUNDS = 1_500


def _answer(
    rng: np.random.Generator, labels: npt.NDArray[np.int64], wrong: npt.NDArray[np.bool_]
) -> Answered:
    classes = np.where(wrong, (labels + 1) % 10, labels)
    sure = 1 - 0.02 * rng.random(len(labels)) ** 4
    return Answered(classes, np.where(wrong, rng.uniform(0.3, 0.9, len(labels)), sure))


def _simulate(rng: np.random.Generator, *, changing: float, better: float) -> list[Compared]:
    """Both err together on one in a hundred; on `changing` of the drawings one of them alone does,
    with the chance `better` the champion."""
    sets = []
    for name, n in SETS:
        labels = np.arange(n, dtype=np.int64) % 10
        both, one = rng.random(n) < 0.01, rng.random(n) < changing
        is_champion = rng.random(n) < better
        champion = _answer(rng, labels, both | (one & is_champion))
        challenger = _answer(rng, labels, both | (one & ~is_champion))
        sets.append(Compared(name, name, labels, champion, challenger))
    return sets


def _share(outcome: str, rounds: int = ROUNDS, **how: float) -> float:
    rng = np.random.default_rng(7)
    found = [judge(_simulate(rng, **how)).outcome for _ in range(rounds)]
    return found.count(outcome) / rounds  # type: ignore[arg-type]


def test_an_equal_challenger_is_promoted_in_five_of_a_hundred_at_most() -> None:
    for changing in (0.003, 0.05):
        assert _share("passed", changing=changing, better=0.5) <= 0.05


def test_a_worse_challenger_is_never_promoted() -> None:
    assert _share("passed", rounds=300, changing=0.03, better=0.2) == 0


def test_a_challenger_that_halves_the_errors_is_promoted() -> None:
    assert _share("passed", rounds=300, changing=0.03, better=0.9) >= 0.95
