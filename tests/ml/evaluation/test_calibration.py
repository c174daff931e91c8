"""Calibration on synthetic logits, and the metrics it uses."""

import numpy as np
import numpy.typing as npt
import pytest

from ml.evaluation.accuracy_ece_auroc import compute_auroc, compute_ece, compute_proportion
from ml.evaluation.temperature_and_threshold_calibration import (
    MAX_DIGITS_REJECTED,
    MAX_REJECTION_THRESHOLD,
    MIN_REJECTION_THRESHOLD,
    NONDIGIT_SHARE,
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
def test_recovers_the_temperature_of_sampled_labels(
    logits: npt.NDArray[np.float32], temperature: float
) -> None:
    labels = _draw_labels(compute_softmax(logits, temperature))
    assert fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.03)


def test_the_true_temperature_has_a_small_calibration_error(
    logits: npt.NDArray[np.float32],
) -> None:
    true = compute_softmax(logits, 2.0)
    labels = _draw_labels(true)
    raw = compute_softmax(logits)
    is_correct = raw.argmax(axis=1) == labels

    assert compute_ece(raw.max(axis=1), is_correct) > 0.1
    assert compute_ece(true.max(axis=1), is_correct) < 0.02


def test_perfect_predictions_reach_the_lower_bound() -> None:
    logits = np.eye(11, dtype=np.float32) * 5
    assert fit_temperature(logits, np.arange(11)) == pytest.approx(0.1, rel=0.01)


def _make_peaked_logits(
    count: int, columns: npt.NDArray[np.int64], seed: int
) -> npt.NDArray[np.float32]:
    """Return logits with one high column per row."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 0.1, (count, 11)).astype(np.float32)
    logits[np.arange(count), columns] += rng.gamma(9, 1, count).astype(np.float32)
    return logits


def test_thresholds_reject_non_digits_and_accept_digits() -> None:
    digits = _make_peaked_logits(10_000, np.arange(10_000) % 10, 2)
    easy, hard = (_make_peaked_logits(4000, np.full(4000, 10), seed) for seed in (3, 4))
    hard[:, 10] -= 1.5
    thresholds = select_thresholds([digits], [easy, hard], 1.0)
    rejected = compute_softmax(hard)[:, 10] >= thresholds.rejection

    assert MIN_REJECTION_THRESHOLD <= thresholds.rejection <= MAX_REJECTION_THRESHOLD
    assert rejected.mean() > 0.9
    accepted = compute_softmax(digits)[:, 10] < thresholds.rejection
    assert accepted.mean() >= 1 - MAX_DIGITS_REJECTED


def test_accepting_digits_has_priority() -> None:
    digits = _make_peaked_logits(1000, np.arange(1000) % 10, 2)
    digits[:50, 10] += 20  # 5 % of the digits look like non-digits
    nondigits = _make_peaked_logits(400, np.full(400, 10), 3)
    thresholds = select_thresholds([digits], [nondigits], 1.0)

    assert thresholds.rejection > MAX_REJECTION_THRESHOLD
    assert (compute_softmax(digits)[:, 10] >= thresholds.rejection).mean() <= MAX_DIGITS_REJECTED


def test_each_digit_set_limits_the_rejected_fraction() -> None:
    many, few = (_make_peaked_logits(n, np.arange(n) % 10, 2) for n in (10_000, 1_000))
    nondigits = [_make_peaked_logits(4_000, np.full(4_000, 10), 3)]
    few[:10, 10] += few[:10].max(axis=1) + np.linspace(0, 5, 10)
    alone, both = (select_thresholds(sets, nondigits, 1.0) for sets in ([many], [many, few]))

    assert both.rejection > alone.rejection
    assert (compute_softmax(few)[:, 10] >= both.rejection).mean() <= MAX_DIGITS_REJECTED


def test_the_limit_itself_is_allowed() -> None:
    digits = _make_peaked_logits(3_000, np.arange(3_000) % 10, 2)
    digits[:9, 10] = digits[:9].max(axis=1) + 6
    digits[9:, 10] = np.minimum(digits[9:, 10], digits[9:, :10].max(axis=1) + 1)
    nondigits = _make_peaked_logits(4_000, np.full(4_000, 10), 3)
    nondigits[:, 10] = nondigits[:, :10].max(axis=1) + 5
    rejection = select_thresholds([digits], [nondigits], 1.0).rejection

    assert (compute_softmax(digits)[:, 10] >= rejection).sum() == 9  # 0.003 of 3,000


def test_the_threshold_has_the_fewest_errors_at_the_stated_mix() -> None:
    digits = _make_peaked_logits(10_000, np.arange(10_000) % 10, 2)
    nondigits = _make_peaked_logits(4_000, np.full(4_000, 10), 3)
    digits[:, 10] += np.random.default_rng(4).normal(0, 3, len(digits))
    rejection = select_thresholds([digits], [nondigits], 1.0).rejection

    def count_errors(threshold: float) -> float:
        rejected, accepted = (
            float((compute_softmax(one)[:, 10] >= threshold).mean()) for one in (digits, nondigits)
        )
        return (1 - NONDIGIT_SHARE) * rejected + NONDIGIT_SHARE * (1 - accepted)

    others = np.linspace(MIN_REJECTION_THRESHOLD, MAX_REJECTION_THRESHOLD, 50)
    allowed = [t for t in others if (compute_softmax(digits)[:, 10] >= t).mean() <= 0.003]
    assert count_errors(rejection) <= min(count_errors(t) for t in allowed) + 1e-4


def test_the_unsure_fraction_is_near_its_target() -> None:
    digits = _make_peaked_logits(10_000, np.arange(10_000) % 10, 2)
    thresholds = select_thresholds([digits], [_make_peaked_logits(400, np.full(400, 10), 3)], 1.0)
    confidence = compute_softmax(digits)[:, :10].max(axis=1)

    assert 0.5 < thresholds.confidence < 0.99
    assert (confidence < thresholds.confidence).mean() == pytest.approx(
        TARGET_UNSURE_FRACTION, abs=0.002
    )


def test_auroc_counts_ties_half() -> None:
    assert compute_auroc(np.array([0.1, 0.2]), np.array([0.3, 0.9])) == 1.0
    assert compute_auroc(np.array([0.5, 0.5]), np.array([0.5])) == 0.5
    assert compute_auroc(np.array([0.1, 0.4]), np.array([0.2, 0.3])) == 0.5


def test_wilson_intervals() -> None:
    """Newcombe (1998, table I) gives 0.5958 to 0.9821 for 9 of 10."""
    share = compute_proportion(9, 10)
    assert share == {"n": 10, "accuracy": 0.9, "interval": [0.59585, 0.98212]}
    assert compute_proportion(10, 10)["interval"][1] == 1.0
