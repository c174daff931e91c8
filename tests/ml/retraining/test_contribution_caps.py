"""Nobody's drawings are more than their share of an epoch, and none is left out in silence."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from ml.retraining.contribution_caps import allocate_repetitions
from ml.retraining.retraining_config import FineTuningConfig, LabelledDrawing, RetrainingConfig

REHEARSAL_COUNTS = dict.fromkeys(range(10), 1_700) | {10: 3_000}
REQUEST = RetrainingConfig(epochs=12)
UNCAPPED = replace(REQUEST, max_user_fraction=None, max_user_fraction_per_digit=None)


def _draw(count: int, people: int, seed: int = 0) -> list[LabelledDrawing]:
    rng = np.random.default_rng(seed)
    rows = zip(rng.integers(11, size=count), rng.integers(people, size=count), strict=True)
    return [LabelledDrawing(int(label), f"person {person}") for label, person in rows]


def _sample_epoch(
    samples: list[LabelledDrawing], request: RetrainingConfig, epoch: int = 0
) -> Counter[str]:
    times = allocate_repetitions(samples, REHEARSAL_COUNTS, request, epoch).times
    shown: Counter[str] = Counter()
    for sample, count in zip(samples, times.tolist(), strict=True):
        shown[sample.person] += count
    return shown


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("count", "people"), [(30, 2), (400, 14), (1_800, 5), (9_000, 60)])
def test_both_caps_hold_exactly(count: int, people: int, seed: int) -> None:
    samples = _draw(count, people, seed) + [LabelledDrawing(9, "vandal")] * (count // 5)
    rehearsed = {
        label: seed * n // 5 for label, n in REHEARSAL_COUNTS.items()
    }  # none for the first
    times = allocate_repetitions(samples, rehearsed, REQUEST, seed).times.tolist()
    by_user, by_group, by_label = Counter[str](), Counter[tuple[str, int]](), Counter(rehearsed)
    for sample, shown in zip(samples, times, strict=True):
        by_user[sample.person] += shown
        by_group[sample.person, sample.label] += shown
        by_label[sample.label] += shown

    assert max(by_user.values()) <= 0.05 * by_label.total()
    assert all(n <= 0.10 * by_label[label] for (_, label), n in by_group.items())


def test_who_is_over_a_cap_is_shown_less_often_and_named() -> None:
    samples = _draw(400, 14) + [LabelledDrawing(9, "vandal")] * 300
    allocation = allocate_repetitions(samples, REHEARSAL_COUNTS, REQUEST, 0)

    assert allocation.capped == {"vandal"}
    assert (
        0
        < _sample_epoch(samples, REQUEST)["vandal"]
        < _sample_epoch(samples, UNCAPPED)["vandal"] / 5
    )


def test_switched_off_caps_change_nothing() -> None:
    samples = _draw(400, 14) + [LabelledDrawing(9, "vandal")] * 300
    assert not allocate_repetitions(samples, REHEARSAL_COUNTS, UNCAPPED, 0).capped
    assert _sample_epoch(samples, UNCAPPED)["vandal"] == pytest.approx(10_000 * 3 / 7, rel=0.01)


def test_a_few_drawings_are_repeated_and_many_do_not_drown_rehearsal() -> None:
    few, many = _draw(40, 4), _draw(50_000, 400)
    assert set(allocate_repetitions(few, REHEARSAL_COUNTS, UNCAPPED, 0).times.tolist()) == {60}
    assert _sample_epoch(many, REQUEST).total() == pytest.approx(10_000, abs=1)


def test_every_drawing_has_its_turn() -> None:
    many = _draw(50_000, 400)
    capped = _draw(400, 14) + [LabelledDrawing(9, "vandal")] * 1_500
    for samples, request in ((many, UNCAPPED), (capped, REQUEST)):
        deals = [
            allocate_repetitions(samples, REHEARSAL_COUNTS, request, e)
            for e in range(request.epochs)
        ]
        assert np.sum([allocation.times for allocation in deals], axis=0).min() >= 1


def test_no_more_drawings_are_wished_than_the_tuning_says() -> None:
    request = replace(UNCAPPED, tuning=FineTuningConfig(max_repetitions=3))
    assert _sample_epoch(_draw(100, 5), request).total() == 300
