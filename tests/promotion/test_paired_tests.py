"""Paired tests and intervals compared with published examples."""

import pytest

from ml.evaluation.paired_tests import (
    Z_ONE_SIDED_95,
    adjust_holm,
    compute_mcnemar_p,
    compute_tango_interval,
    compute_tango_lower_bound,
)


@pytest.mark.parametrize(
    ("won", "lost", "p"),
    [
        (1, 7, 0.0703),  # Fagerland, Lydersen, Laake, Statistics in Medicine 33, 2014, table II
        (6, 16, 0.0525),  # the same authors' second example
        (5, 5, 1.0),
        (0, 0, 1.0),
        (0, 6, 0.03125),
    ],
)
def test_exact_mcnemar_equals_the_published_p_value(won: int, lost: int, p: float) -> None:
    assert compute_mcnemar_p(won, lost) == pytest.approx(p, abs=5e-5)
    assert compute_mcnemar_p(lost, won) == compute_mcnemar_p(won, lost)


@pytest.mark.slow
def test_exact_mcnemar_equals_the_binomial_test_of_scipy() -> None:
    binomtest = pytest.importorskip("scipy.stats").binomtest
    for won, lost in [(3, 9), (20, 41), (150, 86), (1, 0), (700, 800)]:
        expected = binomtest(won, won + lost, 0.5).pvalue
        assert compute_mcnemar_p(won, lost) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("won", "lost", "n", "z", "ends"),
    [
        # Fagerland, Lydersen, Laake 2014: Tango's interval of 1, 1, 7, 12
        (1, 7, 21, 1.959964, (-0.517, -0.026)),
        # Agresti, Min, Statistics in Medicine 24, 2005: 53, 16, 8, 9
        (16, 8, 86, 1.959964, (-0.020, 0.207)),
        # PropCIs 0.3-0: scoreci.mp(25, 28, 618, 0.90)
        (28, 25, 618, Z_ONE_SIDED_95, (-0.0148, 0.0247)),
    ],
)
def test_tango_interval_equals_published_values(
    won: int, lost: int, n: int, z: float, ends: tuple[float, float]
) -> None:
    assert compute_tango_interval(won, lost, n, z=z) == pytest.approx(ends, abs=5e-4)


def test_tango_interval_contains_the_difference_and_is_symmetric() -> None:
    for won, lost, n in [(40, 20, 160), (3, 13, 400), (0, 5, 25), (0, 0, 100)]:
        low, high = compute_tango_interval(won, lost, n)
        assert low < (won - lost) / n < high
        assert compute_tango_interval(lost, won, n) == pytest.approx([-high, -low], abs=1e-12)
        assert compute_tango_lower_bound(won, lost, n) > low


def test_lower_bound_is_minus_one_if_every_case_is_worse() -> None:
    assert compute_tango_lower_bound(0, 50, 50) == -1.0


def test_holm_adjustment_equals_published_values() -> None:
    # Wright, Biometrics 48, 1992: sorted, times the remaining number, monotonic.
    assert adjust_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert adjust_holm([]) == []
    assert adjust_holm([0.9, 0.8]) == [1.0, 1.0]
