"""The gate: whether a challenger may take the champion's place, from both models' answers to the
same frozen sets. Pure: sets in, a judgement out, with the rule that decided in words.

docs/learning.md says the rule; the numbers of it stand here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ml.evaluation import Labels, compute_ece
from ml.paired import adjust_holm, bound_difference, compute_mcnemar

ALPHA = 0.05
LARGE = 2_000
"""From so many drawings on, not being worse must itself be shown."""
MARGIN = 0.003
ECE_MARGIN = 0.005
LEAST_DRAWINGS = 300
LEAST_OF_A_DIGIT = 30
DIGITS = range(10)

Outcome = Literal["passed", "refused", "insufficient_evidence"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model answered to a set: classes (n,) 0 to 10, with the confidence (n,) of each."""

    classes: Labels
    confidence: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Compared:
    """A frozen set: labels (n,) 0 to 10, and what both models answered. A stand-in is a set that
    is not of people's handwriting, used where there is none."""

    name: str
    title: str
    labels: Labels
    champion: Answered
    challenger: Answered
    is_stand_in: bool = False


@dataclass(frozen=True, slots=True)
class Tested:
    """Both models on some drawings; `p` is exact McNemar's, `p_adjusted` Holm's of it."""

    n: int
    won: int
    lost: int
    p: float
    p_adjusted: float

    @property
    def is_loss(self) -> bool:
        return self.lost > self.won and self.p_adjusted < ALPHA

    @property
    def is_gain(self) -> bool:
        return self.won > self.lost and self.p_adjusted < ALPHA


@dataclass(frozen=True, slots=True)
class Finding:
    """What one set says. `lacks` is why it cannot count as evidence, or empty; `worse` is what it
    shows to be worse, in words. `overall.p_adjusted` is over the sets that can show a gain."""

    name: str
    title: str
    overall: Tested
    by_class: dict[int, Tested]
    difference: float
    bound: float
    ece_champion: float
    ece_challenger: float
    lacks: str
    worse: tuple[str, ...]
    is_better: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    outcome: Outcome
    decided_by: str
    findings: tuple[Finding, ...]


def judge(sets: Sequence[Compared]) -> Judgement:
    """Return what the gate says of these sets.

    A set with too few drawings, and a stand-in, can show that the challenger is worse; that it is
    better, or that it is not worse, they cannot show.
    """
    lacks = [_find_lack(one) for one in sets]
    overall = [_test(one.labels >= 0, one) for one in sets]
    able = [i for i, one in enumerate(sets) if not lacks[i] and not one.is_stand_in]
    adjusted = dict(zip(able, adjust_holm([overall[i].p for i in able]), strict=True))
    findings = tuple(
        _examine(one, overall[i], lacks[i], adjusted.get(i)) for i, one in enumerate(sets)
    )
    outcome, decided_by = _decide(findings, any(one.is_stand_in for one in sets))
    return Judgement(outcome, decided_by, findings)


def _decide(findings: Sequence[Finding], has_stand_in: bool) -> tuple[Outcome, str]:
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
            f"Better on {one.title} ({_say_p(one.overall.p_adjusted)}), not worse on any set."
            + unknown
        )
    if lacking or has_stand_in or not findings:
        first = lacking[0] if lacking else "there is no set of people's handwriting"
        return "insufficient_evidence", f"Not shown to be better, and not enough to go by. {first}."
    return "refused", "Not shown to be better on any set."


def _examine(one: Compared, overall: Tested, lacks: str, adjusted: float | None) -> Finding:
    by_class = _test_classes(one)
    n = overall.n
    difference = (overall.won - overall.lost) / n if n else 0.0
    bound = bound_difference(overall.won, overall.lost, n) if n else -1.0
    before, after = _ece(one.labels, one.champion), _ece(one.labels, one.challenger)
    worse = []
    if n >= LARGE and not lacks and bound <= -MARGIN:
        worse.append(f"it may be {-100 * bound:.2f} points worse, more than {100 * MARGIN:.1f}")
    if (n < LARGE or lacks) and overall.is_loss:
        worse.append(f"it loses {overall.lost} drawings and wins {overall.won}")
    worse += [f"it is worse on {_say(digit)}" for digit, t in by_class.items() if t.is_loss]
    if not lacks and after - before > ECE_MARGIN:
        worse.append(f"its confidence is off by {100 * (after - before):.1f} points more")
    tested = overall if adjusted is None else _adjusted(overall, adjusted)
    return Finding(
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


def _find_lack(one: Compared) -> str:
    n = len(one.labels)
    if n < LEAST_DRAWINGS:
        return f"{n} of the {LEAST_DRAWINGS} drawings it takes"
    few = [digit for digit in DIGITS if (one.labels == digit).sum() < LEAST_OF_A_DIGIT]
    if few:
        digits = ", ".join(map(str, few))
        return f"fewer than {LEAST_OF_A_DIGIT} drawings of {digits}"
    return ""


def _test_classes(one: Compared) -> dict[int, Tested]:
    """By digit, and not_a_digit where there are any, Holm's p over those of this set."""
    classes = np.unique(one.labels).tolist()
    tests = [_test(one.labels == value, one) for value in classes]
    adjusted = adjust_holm([test.p for test in tests])
    pairs = zip(classes, tests, adjusted, strict=True)
    return {value: _adjusted(test, p) for value, test, p in pairs}


def _test(chosen: npt.NDArray[np.bool_], one: Compared) -> Tested:
    before = (one.champion.classes == one.labels)[chosen]
    after = (one.challenger.classes == one.labels)[chosen]
    won, lost = int((after & ~before).sum()), int((before & ~after).sum())
    p = compute_mcnemar(won, lost)
    return Tested(int(chosen.sum()), won, lost, p, p)


def _adjusted(test: Tested, p: float) -> Tested:
    return Tested(test.n, test.won, test.lost, test.p, p)


def _ece(labels: Labels, answered: Answered) -> float:
    return compute_ece(answered.confidence, answered.classes == labels) if len(labels) else 0.0


def _say_p(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def _say(value: int) -> str:
    return "what is not a digit" if value not in DIGITS else f"{value}s"
