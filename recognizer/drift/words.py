"""What the rule found, in words for people."""

from __future__ import annotations

from collections.abc import Sequence

from recognizer.drift.rule import Finding

TITLES = {
    "classes": "Which digits are drawn",
    "unsure": "Unsure answers",
    "corrections": "Answers put right",
    "distance": "Distance from what it knows",
}
TOO_LITTLE = "too little to say"


def say_reason(findings: Sequence[Finding]) -> str:
    """Why a run is proposed; of the alarms alone."""
    alarms = [_say_alarm(one) for one in findings if one.is_alarm]
    return f"Drawings have changed in the last week. {' '.join(alarms)}"


def say_finding(one: Finding) -> str:
    if one.says_too_little:
        return TOO_LITTLE
    return "changed" if one.is_alarm else "as before"


def say_figure(one: Finding, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if one.name == "distance" else f"{100 * value:.1f} %"


def _say_alarm(one: Finding) -> str:
    was, now = say_figure(one, one.before), say_figure(one, one.lately)
    return {
        "classes": "Other digits are drawn than before.",
        "unsure": f"The network is unsure more often: {now}, before {was}.",
        "corrections": f"People put it right more often: {now}, before {was}.",
        "distance": f"Drawings look less like what it learnt: distance {now}, before {was}.",
    }[one.name]
