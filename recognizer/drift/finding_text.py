"""What the rule found, in words for people."""

from __future__ import annotations

from collections.abc import Sequence

from recognizer.drift.detection import DriftFinding

METRIC_TITLES = {
    "classes": "Which digits are drawn",
    "unsure": "Unsure answers",
    "corrections": "Answers put right",
    "distance": "Distance from what it knows",
}
INSUFFICIENT_DATA = "too little to say"


def format_reason(findings: Sequence[DriftFinding]) -> str:
    """Why a run is proposed; of the alarms alone."""
    alarms = [_format_alarm(one) for one in findings if one.is_alarm]
    return f"Drawings have changed in the last week. {' '.join(alarms)}"


def format_finding(one: DriftFinding) -> str:
    if one.is_insufficient:
        return INSUFFICIENT_DATA
    return "changed" if one.is_alarm else "as before"


def format_value(one: DriftFinding, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if one.name == "distance" else f"{100 * value:.1f} %"


def _format_alarm(one: DriftFinding) -> str:
    was, now = format_value(one, one.before), format_value(one, one.lately)
    return {
        "classes": "Other digits are drawn than before.",
        "unsure": f"The network is unsure more often: {now}, before {was}.",
        "corrections": f"People put it right more often: {now}, before {was}.",
        "distance": f"Drawings look less like what it learnt: distance {now}, before {was}.",
    }[one.name]
