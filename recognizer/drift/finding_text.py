"""Texts of drift findings."""

from __future__ import annotations

from collections.abc import Sequence

from recognizer.drift.detection import DriftFinding

METRIC_TITLES = {
    "classes": "Share of each digit",
    "unsure": "Unsure predictions",
    "corrections": "Corrected predictions",
    "distance": "Embedding distance",
}
INSUFFICIENT_DATA = "insufficient data"


def format_reason(findings: Sequence[DriftFinding]) -> str:
    """Return the reason for a proposed run: the findings that are alarms."""
    alarms = [_format_alarm(one) for one in findings if one.is_alarm]
    return f"Drawings changed in the last week. {' '.join(alarms)}"


def format_finding(one: DriftFinding) -> str:
    if one.is_insufficient:
        return INSUFFICIENT_DATA
    return "changed" if one.is_alarm else "unchanged"


def format_value(one: DriftFinding, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if one.name == "distance" else f"{100 * value:.1f} %"


def _format_alarm(one: DriftFinding) -> str:
    was, now = format_value(one, one.before), format_value(one, one.lately)
    return {
        "classes": "The shares of the digits changed.",
        "unsure": f"Unsure predictions: {now}, before {was}.",
        "corrections": f"Corrected predictions: {now}, before {was}.",
        "distance": f"Embedding distance (how unusual drawings are): {now}, before {was}.",
    }[one.name]
