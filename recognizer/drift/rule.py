"""The rule that says whether people's drawings have changed; docs/learning.md says it in words.

PSI and its usual threshold: Siddiqi, Credit Risk Scorecards, 2006; its spread where nothing changed
is (1/n + 1/m) chi-square: Yurdakul, Western Michigan University, 2018. Holm: Scandinavian Journal
of Statistics 6, 1979, 65-70. The standardised shift: Cohen, Statistical Power Analysis, 1988.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recognizer.drift.statistics import adjust_holm, compute_growth_p, compute_psi, compute_shift
from recognizer.drift.tally import Tally, share

MOST_PSI = 0.2
ALPHA = 0.001
"""Strict: it is asked every hour, and one person's drawings resemble each other."""
LEAST_GROWTH = 0.03
"""Of a share: less is no reason to train, however sure it is."""
MOST_SHIFT = 0.3
LEAST_DRAWINGS = 300
LEAST_CLAIMS = 100
LEAST_MEASURED = 200

Name = Literal["classes", "unsure", "corrections", "distance"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure before and lately, each of so many drawings. `measure` is the PSI, the adjusted p
    or the shift; None with too little to say. `before` and `lately` are None for the classes."""

    name: Name
    n_before: int
    n_lately: int
    before: float | None = None
    lately: float | None = None
    measure: float | None = None
    is_alarm: bool = False

    @property
    def says_too_little(self) -> bool:
        return self.measure is None


def judge_drift(before: Tally, lately: Tally) -> list[Finding]:
    """Four findings; any that is an alarm is a reason to propose a run."""
    unsure = ((before.unsure, before.answered), (lately.unsure, lately.answered))
    corrected = ((before.corrected, before.claims), (lately.corrected, lately.claims))
    shares: list[tuple[Name, tuple[tuple[int, int], tuple[int, int]], int]] = [
        ("unsure", unsure, LEAST_DRAWINGS),
        ("corrections", corrected, LEAST_CLAIMS),
    ]
    can_tell = [name for name, (a, b), least in shares if min(a[1], b[1]) >= least]
    raw = [compute_growth_p(*sides) for name, sides, _ in shares if name in can_tell]
    adjusted = dict(zip(can_tell, adjust_holm(raw), strict=True))
    grown = [_judge_share(name, *sides, adjusted.get(name)) for name, sides, _ in shares]
    return [_judge_classes(before, lately), *grown, _judge_distance(before, lately)]


def _judge_classes(before: Tally, lately: Tally) -> Finding:
    n = (before.answered, lately.answered)
    if min(n) < LEAST_DRAWINGS:
        return Finding("classes", *n)
    psi = compute_psi(before.classes, lately.classes)
    return Finding("classes", *n, measure=psi, is_alarm=psi > MOST_PSI)


def _judge_share(
    name: Name, before: tuple[int, int], lately: tuple[int, int], p: float | None
) -> Finding:
    was, now = share(*before), share(*lately)
    has_grown = p is not None and p < ALPHA and (now or 0) - (was or 0) >= LEAST_GROWTH
    return Finding(name, before[1], lately[1], was, now, p, has_grown)


def _judge_distance(before: Tally, lately: Tally) -> Finding:
    n, means = (before.measured, lately.measured), (before.distance, lately.distance)
    if min(n) < LEAST_MEASURED:
        return Finding("distance", *n, *means)
    shift = compute_shift(
        (means[0] or 0, before.distance_variance, n[0]),
        (means[1] or 0, lately.distance_variance, n[1]),
    )
    return Finding("distance", *n, *means, shift, shift > MOST_SHIFT)
