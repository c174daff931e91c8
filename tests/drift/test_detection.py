"""The rule: silent while nothing changes, loud when something does, modest with little."""

import random

import pytest

from recognizer.drift.aggregates import DrawingAggregate
from recognizer.drift.detection import detect_drift
from recognizer.drift.statistical_tests import (
    adjust_holm,
    compute_growth_p_value,
    compute_psi,
    compute_shift,
)

CLASS_COUNTS = (10, 11, 10, 10, 9, 9, 10, 10, 9, 9, 3)


def make_week(chance: random.Random, *, n: int, **fields: object) -> DrawingAggregate:
    """`n` drawings at random; `fields` replace mix, unsure, corrected, distance."""
    given = {"mix": CLASS_COUNTS, "unsure": 0.05, "corrected": 0.04, "distance": 0.2, **fields}
    drawn = chance.choices(range(11), weights=given["mix"], k=n)  # type: ignore[arg-type]
    measured = [abs(chance.gauss(given["distance"], 0.1)) for _ in range(n)]  # type: ignore[arg-type]
    return DrawingAggregate(
        classes=tuple(drawn.count(value) for value in range(11)),
        unsure=sum(chance.random() < given["unsure"] for _ in range(n)),  # type: ignore[operator]
        confidence_sum=0.9 * n,
        claims=n // 2,
        corrected=sum(chance.random() < given["corrected"] for _ in range(n // 2)),  # type: ignore[operator]
        measured=n,
        distance_sum=sum(measured),
        distance_squares=sum(one * one for one in measured),
    )


def alarms(before: DrawingAggregate, lately: DrawingAggregate) -> set[str]:
    return {one.name for one in detect_drift(before, lately) if one.is_alarm}


@pytest.mark.slow
def test_stable_weeks_raise_no_alarm() -> None:
    chance = random.Random(20261121)
    raised = [
        alarms(make_week(chance, n=n * 4), make_week(chance, n=n))
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
def test_a_shift_raises_its_own_alarm(name: str, change: dict[str, object]) -> None:
    chance = random.Random(7)
    raised = [
        alarms(make_week(chance, n=2400), make_week(chance, n=600, **change)) for _ in range(20)
    ]
    assert raised.count({name}) >= 19


def test_what_gets_better_raises_no_alarm() -> None:
    chance = random.Random(3)
    before = make_week(chance, n=4000, unsure=0.3, corrected=0.3, distance=0.5)
    assert alarms(before, make_week(chance, n=1000)) == set()


def test_a_sure_but_small_growth_raises_no_alarm() -> None:
    before = DrawingAggregate(classes=(100_000,) + 10 * (0,), unsure=5_000)
    lately = DrawingAggregate(classes=(100_000,) + 10 * (0,), unsure=7_000)
    found = detect_drift(before, lately)[1]
    assert found.measure is not None
    assert found.measure < 1e-9
    assert not found.is_alarm


@pytest.mark.parametrize(("n_before", "n_lately"), [(299, 5000), (5000, 199), (0, 0)])
def test_with_little_on_one_side_there_is_too_little_to_say(n_before: int, n_lately: int) -> None:
    before = DrawingAggregate(classes=(n_before,) + 10 * (0,), claims=99, measured=199)
    lately = DrawingAggregate(
        classes=(0, n_lately) + 9 * (0,), unsure=n_lately, claims=5000, measured=5000
    )
    found = detect_drift(before, lately)
    assert [one.is_insufficient for one in found] == [True] * 4
    assert not any(one.is_alarm for one in found)


def test_statistics_agree_with_what_was_worked_out_by_hand() -> None:
    assert compute_psi((100, 300), (100, 300)) == 0
    assert compute_psi((50_000, 50_000), (25_000, 75_000)) == pytest.approx(0.27465, abs=1e-4)
    assert compute_growth_p_value((10, 100), (20, 100)) == pytest.approx(0.02385, abs=1e-4)
    assert compute_growth_p_value((0, 100), (0, 100)) == 1
    assert adjust_holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert compute_shift((1.0, 4.0, 50), (2.0, 4.0, 50)) == pytest.approx(0.5)
