"""Repetitions of user drawings: both caps, rotation, and the limits without caps."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from ml.retraining.drawing_repetitions import allocate_repetitions
from ml.retraining.retraining_config import FineTuningConfig, LabelledDrawing, RetrainingConfig

REHEARSAL_COUNTS = dict.fromkeys(range(10), 1_700) | {10: 3_000}
CONFIG = RetrainingConfig(epochs=12)
UNCAPPED = replace(CONFIG, max_user_fraction=None, max_user_fraction_per_digit=None)


def _make_drawings(
    count: int, num_users: int, *, of_vandal: int = 0, seed: int = 0
) -> list[LabelledDrawing]:
    rng = np.random.default_rng(seed)
    rows = zip(rng.integers(11, size=count), rng.integers(num_users, size=count), strict=True)
    drawings = [LabelledDrawing(int(label), f"user {user}") for label, user in rows]
    return drawings + [LabelledDrawing(9, "vandal")] * of_vandal


def _allocate(
    drawings: list[LabelledDrawing], config: RetrainingConfig, epoch: int = 0
) -> list[int]:
    repetitions = allocate_repetitions(drawings, REHEARSAL_COUNTS, config, epoch).repetitions
    return [int(count) for count in repetitions]


def _count_vandal(drawings: list[LabelledDrawing], config: RetrainingConfig) -> int:
    pairs = zip(drawings, _allocate(drawings, config), strict=True)
    return sum(count for drawing, count in pairs if drawing.user == "vandal")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("count", "num_users"), [(30, 2), (400, 14), (1_800, 5), (9_000, 60)])
def test_repetitions_never_exceed_either_cap(count: int, num_users: int, seed: int) -> None:
    drawings = _make_drawings(count, num_users, of_vandal=count // 5, seed=seed)
    # No rehearsal images with the first seed.
    rehearsal = {label: seed * n // 5 for label, n in REHEARSAL_COUNTS.items()}
    repetitions = allocate_repetitions(drawings, rehearsal, CONFIG, seed).repetitions.tolist()
    by_user, by_user_label = Counter[str](), Counter[tuple[str, int]]()
    by_label = Counter(rehearsal)
    for drawing, number in zip(drawings, repetitions, strict=True):
        by_user[drawing.user] += number
        by_user_label[drawing.user, drawing.label] += number
        by_label[drawing.label] += number

    assert max(by_user.values()) <= 0.05 * by_label.total()
    assert all(n <= 0.10 * by_label[label] for (_, label), n in by_user_label.items())


def test_caps_reduce_a_user_and_report_it() -> None:
    drawings = _make_drawings(400, 14, of_vandal=300)
    allocation = allocate_repetitions(drawings, REHEARSAL_COUNTS, CONFIG, 0)

    assert allocation.capped_users == {"vandal"}
    assert 0 < _count_vandal(drawings, CONFIG) < _count_vandal(drawings, UNCAPPED) / 5


def test_without_caps_all_drawings_are_equal() -> None:
    drawings = _make_drawings(400, 14, of_vandal=300)
    assert not allocate_repetitions(drawings, REHEARSAL_COUNTS, UNCAPPED, 0).capped_users
    assert _count_vandal(drawings, UNCAPPED) == pytest.approx(10_000 * 3 / 7, rel=0.01)


def test_few_drawings_repeat_60_times_at_most() -> None:
    assert set(_allocate(_make_drawings(40, 4), UNCAPPED)) == {60}


def test_many_drawings_are_half_of_rehearsal() -> None:
    assert sum(_allocate(_make_drawings(50_000, 400), CONFIG)) == pytest.approx(10_000, abs=1)


@pytest.mark.slow
def test_each_drawing_is_used_in_some_epoch() -> None:
    many, capped = _make_drawings(50_000, 400), _make_drawings(400, 14, of_vandal=1_500)
    for drawings, config in ((many, UNCAPPED), (capped, CONFIG)):
        epochs = [_allocate(drawings, config, epoch) for epoch in range(config.epochs)]
        assert np.sum(epochs, axis=0).min() >= 1


def test_max_repetitions_bound_the_epoch() -> None:
    config = replace(UNCAPPED, tuning=FineTuningConfig(max_repetitions=3))
    assert sum(_allocate(_make_drawings(100, 5), config)) == 300
