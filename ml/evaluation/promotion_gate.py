"""The gate: whether a challenger may take the champion's place, from both models' answers to the
same frozen sets. Pure: sets in, a judgement out, with the rule that decided in words.

docs/promotion-gate.md says the rule; the numbers of it stand here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ml.evaluation.classification_metrics import compute_ece
from ml.evaluation.paired_tests import adjust_holm, compute_mcnemar_p, compute_tango_lower_bound
from ml.preprocessing.types import Labels

SIGNIFICANCE_LEVEL = 0.05
NON_INFERIORITY_MIN_DRAWINGS = 2_000
"""From so many drawings on, not being worse must itself be shown."""
NON_INFERIORITY_MARGIN = 0.003
ECE_MARGIN = 0.005
MIN_DRAWINGS = 300
MIN_DRAWINGS_PER_DIGIT = 30
DIGITS = range(10)

GateResult = Literal["passed", "refused", "insufficient_evidence"]


@dataclass(frozen=True, slots=True)
class SetPredictions:
    """What a model answered to a set: classes (n,) 0 to 10, with the confidence (n,) of each."""

    classes: Labels
    confidence: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairedPredictions:
    """A frozen set: labels (n,) 0 to 10, and what both models answered. A stand-in is a set that
    is not of people's handwriting, used where there is none."""

    name: str
    title: str
    labels: Labels
    champion: SetPredictions
    challenger: SetPredictions
    is_stand_in: bool = False


@dataclass(frozen=True, slots=True)
class PairedTestResult:
    """Both models on some drawings; `p` is exact McNemar's, `p_adjusted` Holm's of it."""

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
    """What one set says. `lacks` is why it cannot count as evidence, or empty; `worse` is what it
    shows to be worse, in words. `overall.p_adjusted` is over the sets that can show a gain."""

    name: str
    title: str
    overall: PairedTestResult
    by_class: dict[int, PairedTestResult]
    difference: float
    bound: float
    ece_champion: float
    ece_challenger: float
    lacks: str
    worse: tuple[str, ...]
    is_better: bool


@dataclass(frozen=True, slots=True)
class GateDecision:
    outcome: GateResult
    decided_by: str
    findings: tuple[SetFinding, ...]


def decide_promotion(sets: Sequence[PairedPredictions]) -> GateDecision:
    """Return what the gate says of these sets.

    A set with too few drawings, and a stand-in, can show that the challenger is worse; that it is
    better, or that it is not worse, they cannot show.
    """
    lacks = [_find_shortage(one) for one in sets]
    overall = [_run_paired_test(one.labels >= 0, one) for one in sets]
    able = [i for i, one in enumerate(sets) if not lacks[i] and not one.is_stand_in]
    adjusted = dict(zip(able, adjust_holm([overall[i].p for i in able]), strict=True))
    findings = tuple(
        _evaluate_set(one, overall[i], lacks[i], adjusted.get(i)) for i, one in enumerate(sets)
    )
    outcome, decided_by = _combine_findings(findings, any(one.is_stand_in for one in sets))
    return GateDecision(outcome, decided_by, findings)


def _combine_findings(findings: Sequence[SetFinding], has_stand_in: bool) -> tuple[GateResult, str]:
    worse = [f"{one.title}: {reason}" for one in findings for reason in one.worse]
    better = [one for one in findings if one.is_better]
    lacking = [f"{one.title}: {one.lacks}" for one in findings if one.lacks]
    if worse:
        return "refused", f"Worse. {worse[0]}"
    if better and has_stand_in:
        return (
            "insufficient_evidence",
            "Better, but synthesised digits stand in for people's handwriting.",
        )
    if better:
        one = min(better, key=lambda found: found.overall.p_adjusted)
        unknown = " Some sets had too few drawings to say anything." if lacking else ""
        return "passed", (
            f"Better on {one.title} ({_format_p(one.overall.p_adjusted)}), not worse on any set."
            + unknown
        )
    if lacking or has_stand_in or not findings:
        first = lacking[0] if lacking else "there is no set of people's handwriting"
        return "insufficient_evidence", f"Not shown to be better, and not enough to go by. {first}."
    return "refused", "Not shown to be better on any set."


def _evaluate_set(
    one: PairedPredictions, overall: PairedTestResult, lacks: str, adjusted: float | None
) -> SetFinding:
    by_class = _test_each_class(one)
    n = overall.n
    difference = (overall.won - overall.lost) / n if n else 0.0
    bound = compute_tango_lower_bound(overall.won, overall.lost, n) if n else -1.0
    before, after = (
        _compute_set_ece(one.labels, one.champion),
        _compute_set_ece(one.labels, one.challenger),
    )
    worse = []
    if n >= NON_INFERIORITY_MIN_DRAWINGS and not lacks and bound <= -NON_INFERIORITY_MARGIN:
        worse.append(
            f"it may be {-100 * bound:.2f} points worse, "
            f"more than {100 * NON_INFERIORITY_MARGIN:.1f}"
        )
    if (n < NON_INFERIORITY_MIN_DRAWINGS or lacks) and overall.is_loss:
        worse.append(f"it loses {overall.lost} drawings and wins {overall.won}")
    worse += [
        f"it is worse on {_format_class(digit)}" for digit, t in by_class.items() if t.is_loss
    ]
    if not lacks and after - before > ECE_MARGIN:
        worse.append(f"its confidence is off by {100 * (after - before):.1f} points more")
    tested = overall if adjusted is None else _with_adjusted_p(overall, adjusted)
    return SetFinding(
        name=one.name,
        title=one.title,
        overall=tested,
        by_class=by_class,
        difference=difference,
        bound=bound,
        ece_champion=before,
        ece_challenger=after,
        lacks=lacks,
        worse=tuple(worse),
        is_better=adjusted is not None and tested.is_gain,
    )


def _find_shortage(one: PairedPredictions) -> str:
    n = len(one.labels)
    if n < MIN_DRAWINGS:
        return f"{n} of the {MIN_DRAWINGS} drawings it takes"
    few = [digit for digit in DIGITS if (one.labels == digit).sum() < MIN_DRAWINGS_PER_DIGIT]
    if few:
        digits = ", ".join(map(str, few))
        return f"fewer than {MIN_DRAWINGS_PER_DIGIT} drawings of {digits}"
    return ""


def _test_each_class(one: PairedPredictions) -> dict[int, PairedTestResult]:
    """By digit, and not_a_digit where there are any, Holm's p over those of this set."""
    classes = np.unique(one.labels).tolist()
    tests = [_run_paired_test(one.labels == value, one) for value in classes]
    adjusted = adjust_holm([test.p for test in tests])
    pairs = zip(classes, tests, adjusted, strict=True)
    return {value: _with_adjusted_p(test, p) for value, test, p in pairs}


def _run_paired_test(chosen: npt.NDArray[np.bool_], one: PairedPredictions) -> PairedTestResult:
    before = (one.champion.classes == one.labels)[chosen]
    after = (one.challenger.classes == one.labels)[chosen]
    won, lost = int((after & ~before).sum()), int((before & ~after).sum())
    p = compute_mcnemar_p(won, lost)
    return PairedTestResult(int(chosen.sum()), won, lost, p, p)


def _with_adjusted_p(test: PairedTestResult, p: float) -> PairedTestResult:
    return PairedTestResult(test.n, test.won, test.lost, test.p, p)


def _compute_set_ece(labels: Labels, answered: SetPredictions) -> float:
    return compute_ece(answered.confidence, answered.classes == labels) if len(labels) else 0.0


def _format_p(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def _format_class(value: int) -> str:
    return "what is not a digit" if value not in DIGITS else f"{value}s"
