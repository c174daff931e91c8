"""The rule that says whether people's drawings have changed; docs/drift.md says it in words.

PSI and its usual threshold: Siddiqi, Credit Risk Scorecards, 2006; its spread where nothing changed
is (1/n + 1/m) chi-square: Yurdakul, Western Michigan University, 2018. Holm: Scandinavian Journal
of Statistics 6, 1979, 65-70. The standardised shift: Cohen, Statistical Power Analysis, 1988.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recognizer.drift.aggregates import DrawingAggregate, compute_fraction
from recognizer.drift.statistical_tests import (
    adjust_holm,
    compute_growth_p_value,
    compute_psi,
    compute_shift,
)

MAX_PSI = 0.2
ALPHA = 0.001
"""Strict: it is asked every hour, and one person's drawings resemble each other."""
MIN_GROWTH = 0.03
"""Of a share: less is no reason to train, however sure it is."""
MAX_SHIFT = 0.3
MIN_DRAWINGS = 300
MIN_CLAIMS = 100
MIN_EMBEDDINGS = 200

MetricName = Literal["classes", "unsure", "corrections", "distance"]


@dataclass(frozen=True, slots=True)
class DriftFinding:
    """One figure before and lately, each of so many drawings. `measure` is the PSI, the adjusted p
    or the shift; None with too little to say. `before` and `lately` are None for the classes."""

    name: MetricName
    n_before: int
    n_lately: int
    before: float | None = None
    lately: float | None = None
    measure: float | None = None
    is_alarm: bool = False

    @property
    def is_insufficient(self) -> bool:
        return self.measure is None


def detect_drift(before: DrawingAggregate, lately: DrawingAggregate) -> list[DriftFinding]:
    """Four findings; any that is an alarm is a reason to propose a run."""
    unsure = ((before.unsure, before.answered), (lately.unsure, lately.answered))
    corrected = ((before.corrected, before.claims), (lately.corrected, lately.claims))
    shares: list[tuple[MetricName, tuple[tuple[int, int], tuple[int, int]], int]] = [
        ("unsure", unsure, MIN_DRAWINGS),
        ("corrections", corrected, MIN_CLAIMS),
    ]
    can_tell = [name for name, (a, b), least in shares if min(a[1], b[1]) >= least]
    raw = [compute_growth_p_value(*sides) for name, sides, _ in shares if name in can_tell]
    adjusted = dict(zip(can_tell, adjust_holm(raw), strict=True))
    grown = [_check_fraction(name, *sides, adjusted.get(name)) for name, sides, _ in shares]
    return [_check_classes(before, lately), *grown, _check_distance(before, lately)]


def _check_classes(before: DrawingAggregate, lately: DrawingAggregate) -> DriftFinding:
    n = (before.answered, lately.answered)
    if min(n) < MIN_DRAWINGS:
        return DriftFinding("classes", *n)
    psi = compute_psi(before.classes, lately.classes)
    return DriftFinding("classes", *n, measure=psi, is_alarm=psi > MAX_PSI)


def _check_fraction(
    name: MetricName, before: tuple[int, int], lately: tuple[int, int], p: float | None
) -> DriftFinding:
    was, now = compute_fraction(*before), compute_fraction(*lately)
    has_grown = p is not None and p < ALPHA and (now or 0) - (was or 0) >= MIN_GROWTH
    return DriftFinding(name, before[1], lately[1], was, now, p, has_grown)


def _check_distance(before: DrawingAggregate, lately: DrawingAggregate) -> DriftFinding:
    n, means = (before.measured, lately.measured), (before.distance, lately.distance)
    if min(n) < MIN_EMBEDDINGS:
        return DriftFinding("distance", *n, *means)
    shift = compute_shift(
        (means[0] or 0, before.distance_variance, n[0]),
        (means[1] or 0, lately.distance_variance, n[1]),
    )
    return DriftFinding("distance", *n, *means, shift, shift > MAX_SHIFT)
