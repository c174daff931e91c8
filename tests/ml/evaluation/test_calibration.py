"""Temperature and thresholds are found where they are known."""

import numpy as np
import numpy.typing as npt
import pytest
from ml.evaluation.classification_metrics import compute_auc, compute_ece, compute_proportion

from ml.evaluation.calibration import (
    MAX_DIGITS_REJECTED,
    MAX_REJECTION_THRESHOLD,
    MIN_NONDIGITS_REJECTED,
    MIN_REJECTION_THRESHOLD,
    TARGET_UNSURE_FRACTION,
    fit_temperature,
    select_thresholds,
)
from ml.inference.predictor import compute_softmax


def _draw_labels(probabilities: npt.NDArray[np.float64], seed: int = 0) -> npt.NDArray[np.int64]:
    chances = np.random.default_rng(seed).random((len(probabilities), 1))
    return np.asarray((probabilities.cumsum(axis=1) < chances).sum(axis=1))


@pytest.fixture
def logits() -> npt.NDArray[np.float32]:
    return np.random.default_rng(1).normal(0, 3, (40_000, 11)).astype(np.float32)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_it_finds_the_temperature_labels_were_drawn_with(
    logits: npt.NDArray[np.float32], temperature: float
) -> None:
    labels = _draw_labels(compute_softmax(logits, temperature))
    assert fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.03)


def test_a_fitted_temperature_makes_the_calibration_error_small(
    logits: npt.NDArray[np.float32],
) -> None:
    true = compute_softmax(logits, 2.0)
    labels = _draw_labels(true)
    raw = compute_softmax(logits)
    right = raw.argmax(axis=1) == labels

    assert compute_ece(raw.max(axis=1), right) > 0.1
    assert compute_ece(true.max(axis=1), right) < 0.02


def test_perfect_answers_leave_the_temperature_in_its_bounds() -> None:
    logits = np.eye(11, dtype=np.float32) * 5
    assert fit_temperature(logits, np.arange(11)) == pytest.approx(0.1, rel=0.01)


def _peaked_logits(
    count: int, columns: npt.NDArray[np.int64], seed: int
) -> npt.NDArray[np.float32]:
    """Logits of which one column stands out, more or less."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 0.1, (count, 11)).astype(np.float32)
    logits[np.arange(count), columns] += rng.gamma(9, 1, count).astype(np.float32)
    return logits


def test_thresholds_reject_nondigits_and_spare_digits() -> None:
    digits = _peaked_logits(10_000, np.arange(10_000) % 10, 2)
    easy, hard = (_peaked_logits(4000, np.full(4000, 10), seed) for seed in (3, 4))
    hard[:, 10] -= 1.5
    chosen = select_thresholds(digits, [easy, hard], 1.0)
    rejected = compute_softmax(hard)[:, 10] >= chosen.not_a_digit_from

    assert MIN_REJECTION_THRESHOLD <= chosen.not_a_digit_from <= MAX_REJECTION_THRESHOLD
    assert rejected.mean() >= MIN_NONDIGITS_REJECTED - 0.002 or chosen.not_a_digit_from == 0.5
    spared = compute_softmax(digits)[:, 10] < chosen.not_a_digit_from
    assert spared.mean() >= 1 - MAX_DIGITS_REJECTED


def test_digits_come_first_where_not_both_can_be_had() -> None:
    digits = _peaked_logits(1000, np.arange(1000) % 10, 2)
    digits[:50, 10] += 20  # a twentieth of the digits look like none
    chosen = select_thresholds(digits, [_peaked_logits(400, np.full(400, 10), 3)], 1.0)

    assert chosen.not_a_digit_from > MAX_REJECTION_THRESHOLD
    assert (compute_softmax(digits)[:, 10] >= chosen.not_a_digit_from).mean() <= 0.011


def test_the_unsure_are_about_as_many_as_wished() -> None:
    digits = _peaked_logits(10_000, np.arange(10_000) % 10, 2)
    chosen = select_thresholds(digits, [_peaked_logits(400, np.full(400, 10), 3)], 1.0)
    confidence = compute_softmax(digits)[:, :10].max(axis=1)

    assert 0.5 < chosen.unsure_below < 0.99
    assert (confidence < chosen.unsure_below).mean() == pytest.approx(
        TARGET_UNSURE_FRACTION, abs=0.002
    )


def test_the_area_under_the_curve() -> None:
    assert compute_auc(np.array([0.1, 0.2]), np.array([0.3, 0.9])) == 1.0
    assert compute_auc(np.array([0.5, 0.5]), np.array([0.5])) == 0.5
    assert compute_auc(np.array([0.1, 0.4]), np.array([0.2, 0.3])) == 0.5


def test_an_interval_holds_its_share() -> None:
    """The interval of 9 of 10 by Wilson: 0.5958 to 0.9821 (Newcombe, 1998, table I's method)."""
    share = compute_proportion(9, 10)
    assert share == {"n": 10, "accuracy": 0.9, "interval": [0.59585, 0.98212]}
    assert compute_proportion(10, 10)["interval"][1] == 1.0
