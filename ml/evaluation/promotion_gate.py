"""The promotion gate: whether a challenger may replace the champion.

It compares the predictions of both models for the same evaluation sets. docs/promotion-gate.md
describes the rule; its numbers are declared here only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from ml.evaluation.accuracy_ece_auroc import compute_ece
from ml.evaluation.paired_tests import adjust_holm, compute_mcnemar_p, compute_tango_lower_bound
from ml.preprocessing.array_types import Labels

SIGNIFICANCE_LEVEL = 0.05
NON_INFERIORITY_MIN_DRAWINGS = 2_000
"""From this set size on, the challenger must be shown not to be worse."""
NON_INFERIORITY_MARGIN = 0.003
ECE_MARGIN = 0.005
MIN_DRAWINGS = 300
MIN_DRAWINGS_PER_DIGIT = 30
DIGITS = range(10)

GateResult = Literal["passed", "refused", "insufficient_evidence"]


@dataclass(frozen=True, slots=True)
class SetPredictions:
    """Predictions of a model for a set: classes (n,) 0 to 10 and their confidence (n,)."""

    classes: Labels
    confidence: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairedPredictions:
    """Labels (n,) 0 to 10 of a set and the predictions of both models.

    A synthetic set is used where no real handwriting is available.
    """

    name: str
    title: str
    labels: Labels
    champion: SetPredictions
    challenger: SetPredictions
    is_synthetic: bool = False


@dataclass(frozen=True, slots=True)
class PairedTestResult:
    """Result for `n` drawings: only the challenger is correct for `won` of them, only the champion
    for `lost`. `p` is of McNemar's exact test, `p_adjusted` with Holm's correction."""

    n: int
    won: int
    lost: int
    p: float
    p_adjusted: float

    @property
    def is_loss(self) -> bool:
        return self.lost > self.won and self.p_adjusted < SIGNIFICANCE_LEVEL

    @property
    def is_gain(self) -> bool:
        return self.won > self.lost and self.p_adjusted < SIGNIFICANCE_LEVEL


@dataclass(frozen=True, slots=True)
class SetFinding:
    """Result of one set.

    `shortage` is the reason why the set cannot show a gain, or empty. `regressions` describe what
    got worse. `overall.p_adjusted` is corrected for the sets that can show a gain.
    """

    name: str
    title: str
    overall: PairedTestResult
    by_class: dict[int, PairedTestResult]
    difference: float
    bound: float
    ece_champion: float
    ece_challenger: float
    shortage: str
    regressions: tuple[str, ...]
    is_better: bool


@dataclass(frozen=True, slots=True)
class GateDecision:
    """Result of the gate, the reason in words, and the result of each set."""

    gate_result: GateResult
    decided_by: str
    findings: tuple[SetFinding, ...]


def decide_promotion(sets: Sequence[PairedPredictions]) -> GateDecision:
    """Return the decision on these sets.

    A small or synthetic set can show that the challenger is worse. It cannot show that the
    challenger is better or not worse.
    """
    shortages = [_find_shortage(one) for one in sets]
    overall = [_run_paired_test(one.labels >= 0, one) for one in sets]
    able = [i for i, one in enumerate(sets) if not shortages[i] and not one.is_synthetic]
    adjusted = dict(zip(able, adjust_holm([overall[i].p for i in able]), strict=True))
    findings = tuple(
        _evaluate_set(one, overall[i], shortages[i], adjusted.get(i)) for i, one in enumerate(sets)
    )
    gate_result, decided_by = _combine_findings(findings, any(one.is_synthetic for one in sets))
    return GateDecision(gate_result, decided_by, findings)


def _combine_findings(
    findings: Sequence[SetFinding], has_synthetic: bool
) -> tuple[GateResult, str]:
    regressions = [f"{one.title}: {reason}" for one in findings for reason in one.regressions]
    better = [one for one in findings if one.is_better]
    shortages = [f"{one.title}: {one.shortage}" for one in findings if one.shortage]
    if regressions:
        return "refused", f"Worse on {regressions[0]}."
    if better and has_synthetic:
        reason = "Better, but synthetic digits replace the handwriting of holdout writers."
        return "insufficient_evidence", reason
    if better:
        best = min(better, key=lambda one: one.overall.p_adjusted)
        unknown = " Some sets have too few drawings for a result." if shortages else ""
        p = _format_p(best.overall.p_adjusted)
        return "passed", f"Better on {best.title} ({p}), not worse on any set.{unknown}"
    if shortages or has_synthetic or not findings:
        reason = shortages[0] if shortages else "there is no set of real handwriting"
        return "insufficient_evidence", f"Not shown to be better; not enough evidence. {reason}."
    return "refused", "Not shown to be better on any set."


def _evaluate_set(
    one: PairedPredictions, overall: PairedTestResult, shortage: str, adjusted_p: float | None
) -> SetFinding:
    n, won, lost = overall.n, overall.won, overall.lost
    by_class = _test_each_class(one)
    bound = compute_tango_lower_bound(won, lost, n) if n else -1.0
    ece_champion, ece_challenger = (
        _compute_set_ece(one.labels, predicted) for predicted in (one.champion, one.challenger)
    )
    regressions = []
    if n >= NON_INFERIORITY_MIN_DRAWINGS and not shortage:
        if bound <= -NON_INFERIORITY_MARGIN:
            regressions.append(
                f"accuracy may be {-100 * bound:.2f} percentage points lower, "
                f"the limit is {100 * NON_INFERIORITY_MARGIN:.1f}"
            )
    elif overall.is_loss:
        regressions.append(f"{lost} drawings lost, {won} won")
    regressions += [_format_class(value) for value, test in by_class.items() if test.is_loss]
    if not shortage and ece_challenger - ece_champion > ECE_MARGIN:
        points = 100 * (ece_challenger - ece_champion)
        regressions.append(f"calibration error {points:.1f} percentage points higher")
    test = overall if adjusted_p is None else replace(overall, p_adjusted=adjusted_p)
    return SetFinding(
        name=one.name,
        title=one.title,
        overall=test,
        by_class=by_class,
        difference=(won - lost) / n if n else 0.0,
        bound=bound,
        ece_champion=ece_champion,
        ece_challenger=ece_challenger,
        shortage=shortage,
        regressions=tuple(regressions),
        is_better=adjusted_p is not None and test.is_gain,
    )


def _find_shortage(one: PairedPredictions) -> str:
    n = len(one.labels)
    if n < MIN_DRAWINGS:
        return f"{n} of {MIN_DRAWINGS} necessary drawings"
    scarce = [digit for digit in DIGITS if (one.labels == digit).sum() < MIN_DRAWINGS_PER_DIGIT]
    if scarce:
        return f"fewer than {MIN_DRAWINGS_PER_DIGIT} drawings of {', '.join(map(str, scarce))}"
    return ""


def _test_each_class(one: PairedPredictions) -> dict[int, PairedTestResult]:
    """Return the test of each label in the set, with Holm's correction over them."""
    classes = np.unique(one.labels).tolist()
    tests = [_run_paired_test(one.labels == value, one) for value in classes]
    adjusted = adjust_holm([test.p for test in tests])
    triples = zip(classes, tests, adjusted, strict=True)
    return {value: replace(test, p_adjusted=p) for value, test, p in triples}


def _run_paired_test(chosen: npt.NDArray[np.bool_], one: PairedPredictions) -> PairedTestResult:
    before = (one.champion.classes == one.labels)[chosen]
    after = (one.challenger.classes == one.labels)[chosen]
    won, lost = int((after & ~before).sum()), int((before & ~after).sum())
    p = compute_mcnemar_p(won, lost)
    return PairedTestResult(int(chosen.sum()), won, lost, p, p)


def _compute_set_ece(labels: Labels, predicted: SetPredictions) -> float:
    return compute_ece(predicted.confidence, predicted.classes == labels) if len(labels) else 0.0


def _format_p(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def _format_class(value: int) -> str:
    name = f"digit {value}" if value in DIGITS else "non-digits"
    return f"significantly worse on {name}"
