"""The rule that detects drift. docs/drift.md explains it to users.

PSI and its usual threshold: Siddiqi, Credit Risk Scorecards, 2006. Its distribution without drift,
(1/n + 1/m) chi-square: Yurdakul, Western Michigan University, 2018. Holm: Scandinavian Journal of
Statistics 6, 1979, 65-70. Standardized shift: Cohen, Statistical Power Analysis, 1988.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from recognizer.drift.daily_stats import (
    AggregatesByPointer,
    list_last_dates,
    load_aggregates,
    sum_aggregates,
)
from recognizer.drift.drawing_aggregate import DrawingAggregate, compute_fraction
from recognizer.drift.statistical_tests import (
    adjust_holm,
    compute_growth_p_value,
    compute_psi,
    compute_shift,
)
from recognizer.models import Promotion

RECENT_WINDOW_DAYS = 7
BASELINE_WINDOW_DAYS = 28
MAX_PSI = 0.2
ALPHA = 0.001
"""Strict, because the rule runs every hour and the drawings of one user are correlated."""
MIN_GROWTH = 0.03
"""Growth of a fraction below this is no reason to train, even if it is significant."""
MAX_SHIFT = 0.3
MIN_DRAWINGS = 300
MIN_CLAIMS = 100
MIN_EMBEDDINGS = 200

MetricName = Literal["classes", "unsure", "corrections", "distance"]
Proportion = tuple[int, int]
"""A count, and the number of drawings it is out of."""


@dataclass(frozen=True, slots=True)
class DriftFinding:
    """One metric in the baseline and the recent window, with the number of drawings of each.

    `statistic` is the PSI, the adjusted p-value or the shift, or None with insufficient data.
    `baseline` and `recent` are None for the classes.
    """

    name: MetricName
    n_baseline: int
    n_recent: int
    baseline: float | None = None
    recent: float | None = None
    statistic: float | None = None
    is_alarm: bool = False

    @property
    def is_insufficient(self) -> bool:
        return self.statistic is None


def evaluate_drift(now: datetime) -> list[DriftFinding]:
    """Compare the last 7 days, including today, with the 28 days before.

    Only whole days since the latest promotion count, because predictions of different models cannot
    be compared.
    """
    today = now.astimezone(UTC).date()
    dates = list_last_dates(now, RECENT_WINDOW_DAYS + BASELINE_WINDOW_DAYS)
    promoted_at = Promotion.objects.order_by("-id").values_list("created_at", flat=True).first()
    if promoted_at is not None:
        first = promoted_at.astimezone(UTC).date() + timedelta(days=1)
        dates = [date for date in dates if date >= first]
    by_date = load_aggregates(dates, today=today)
    last_baseline = today - timedelta(days=RECENT_WINDOW_DAYS)
    return detect_drift(
        _sum_days([day for date, day in by_date.items() if date <= last_baseline]),
        _sum_days([day for date, day in by_date.items() if date > last_baseline]),
    )


def detect_drift(baseline: DrawingAggregate, recent: DrawingAggregate) -> list[DriftFinding]:
    """Return one finding per metric. Any alarm is a reason to propose a training run."""
    proportions: dict[MetricName, tuple[Proportion, Proportion, int]] = {
        "unsure": (
            (baseline.num_unsure, baseline.num_predictions),
            (recent.num_unsure, recent.num_predictions),
            MIN_DRAWINGS,
        ),
        "corrections": (
            (baseline.num_corrected, baseline.num_claims),
            (recent.num_corrected, recent.num_claims),
            MIN_CLAIMS,
        ),
    }
    p_values = {
        name: compute_growth_p_value(before, after)
        for name, (before, after, minimum) in proportions.items()
        if min(before[1], after[1]) >= minimum
    }
    adjusted = dict(zip(p_values, adjust_holm(list(p_values.values())), strict=True))
    return [
        _check_classes(baseline, recent),
        *(
            _check_fraction(name, before, after, adjusted.get(name))
            for name, (before, after, _) in proportions.items()
        ),
        _check_distance(baseline, recent),
    ]


def _check_classes(baseline: DrawingAggregate, recent: DrawingAggregate) -> DriftFinding:
    n = (baseline.num_predictions, recent.num_predictions)
    if min(n) < MIN_DRAWINGS:
        return DriftFinding("classes", *n)
    psi = compute_psi(baseline.classes, recent.classes)
    return DriftFinding("classes", *n, statistic=psi, is_alarm=psi > MAX_PSI)


def _check_fraction(
    name: MetricName, baseline: Proportion, recent: Proportion, p: float | None
) -> DriftFinding:
    before, after = compute_fraction(*baseline), compute_fraction(*recent)
    has_grown = p is not None and p < ALPHA and (after or 0) - (before or 0) >= MIN_GROWTH
    return DriftFinding(name, baseline[1], recent[1], before, after, p, has_grown)


def _check_distance(baseline: DrawingAggregate, recent: DrawingAggregate) -> DriftFinding:
    n = (baseline.num_embeddings, recent.num_embeddings)
    means = (baseline.mean_distance, recent.mean_distance)
    if min(n) < MIN_EMBEDDINGS:
        return DriftFinding("distance", *n, *means)
    shift = compute_shift(
        (means[0] or 0, baseline.distance_variance, n[0]),
        (means[1] or 0, recent.distance_variance, n[1]),
    )
    return DriftFinding("distance", *n, *means, shift, shift > MAX_SHIFT)


def _sum_days(days: list[AggregatesByPointer]) -> DrawingAggregate:
    return sum(map(sum_aggregates, days), start=DrawingAggregate())
