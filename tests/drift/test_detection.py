"""The drift rule: no alarm without drift, an alarm for each kind of drift, and insufficient
data."""

import random

import pytest

from recognizer.drift.detection import detect_drift
from recognizer.drift.drawing_aggregate import DrawingAggregate
from recognizer.drift.statistical_tests import (
    adjust_holm,
    compute_growth_p_value,
    compute_psi,
    compute_shift,
)

CLASS_COUNTS = (10, 11, 10, 10, 9, 9, 10, 10, 9, 9, 3)


def make_week(rng: random.Random, *, n: int, **fields: object) -> DrawingAggregate:
    """Return an aggregate of `n` random drawings. `fields` override mix, unsure, corrected and
    distance."""
    given = {"mix": CLASS_COUNTS, "unsure": 0.05, "corrected": 0.04, "distance": 0.2, **fields}
    drawn = rng.choices(range(11), weights=given["mix"], k=n)  # type: ignore[arg-type]
    distances = [abs(rng.gauss(given["distance"], 0.1)) for _ in range(n)]  # type: ignore[arg-type]
    return DrawingAggregate(
        classes=tuple(drawn.count(value) for value in range(11)),
        num_unsure=sum(rng.random() < given["unsure"] for _ in range(n)),  # type: ignore[operator]
        confidence_sum=0.9 * n,
        num_claims=n // 2,
        num_corrected=sum(rng.random() < given["corrected"] for _ in range(n // 2)),  # type: ignore[operator]
        num_embeddings=n,
        distance_sum=sum(distances),
        distance_square_sum=sum(one * one for one in distances),
    )


def find_alarms(baseline: DrawingAggregate, recent: DrawingAggregate) -> set[str]:
    return {one.name for one in detect_drift(baseline, recent) if one.is_alarm}


@pytest.mark.slow
def test_stable_weeks_raise_no_alarm() -> None:
    rng = random.Random(20261121)
    raised = [
        find_alarms(make_week(rng, n=n * 4), make_week(rng, n=n))
        for n in (300, 1000)
        for _ in range(100)
    ]
    assert sum(map(bool, raised)) <= 1


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("classes", {"mix": (2, 2, 2, 2, 2, 2, 2, 30, 2, 2, 2)}),
        ("unsure", {"unsure": 0.15}),
        ("corrections", {"corrected": 0.16}),
        ("distance", {"distance": 0.27}),
    ],
)
def test_each_kind_of_drift_raises_its_alarm(name: str, change: dict[str, object]) -> None:
    rng = random.Random(7)
    raised = [
        find_alarms(make_week(rng, n=2400), make_week(rng, n=600, **change)) for _ in range(20)
    ]
    assert raised.count({name}) >= 19


def test_improvements_raise_no_alarm() -> None:
    rng = random.Random(3)
    baseline = make_week(rng, n=4000, unsure=0.3, corrected=0.3, distance=0.5)
    assert find_alarms(baseline, make_week(rng, n=1000)) == set()


def test_a_significant_but_small_growth_raises_no_alarm() -> None:
    baseline = DrawingAggregate(classes=(100_000,) + 10 * (0,), num_unsure=5_000)
    recent = DrawingAggregate(classes=(100_000,) + 10 * (0,), num_unsure=7_000)
    found = detect_drift(baseline, recent)[1]
    assert found.statistic is not None
    assert found.statistic < 1e-9
    assert not found.is_alarm


@pytest.mark.parametrize(("n_baseline", "n_recent"), [(299, 5000), (5000, 199), (0, 0)])
def test_needs_enough_drawings_in_both_windows(n_baseline: int, n_recent: int) -> None:
    baseline = DrawingAggregate(
        classes=(n_baseline,) + 10 * (0,), num_claims=99, num_embeddings=199
    )
    recent = DrawingAggregate(
        classes=(0, n_recent) + 9 * (0,), num_unsure=n_recent, num_claims=5000, num_embeddings=5000
    )
    found = detect_drift(baseline, recent)
    assert [one.is_insufficient for one in found] == [True] * 4
    assert not any(one.is_alarm for one in found)


def test_statistics_equal_values_computed_by_hand() -> None:
    assert compute_psi((100, 300), (100, 300)) == 0
    assert compute_psi((50_000, 50_000), (25_000, 75_000)) == pytest.approx(0.27465, abs=1e-4)
    assert compute_growth_p_value((10, 100), (20, 100)) == pytest.approx(0.02385, abs=1e-4)
    assert compute_growth_p_value((0, 100), (0, 100)) == 1
    assert adjust_holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert compute_shift((1.0, 4.0, 50), (2.0, 4.0, 50)) == pytest.approx(0.5)
