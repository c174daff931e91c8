"""Sentences about drift findings."""

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
    """Return the reason for proposing a run, from the alarms."""
    alarms = [_format_alarm(finding) for finding in findings if finding.is_alarm]
    return f"Drawings changed in the last week. {' '.join(alarms)}"


def format_finding(finding: DriftFinding) -> str:
    if finding.is_insufficient:
        return INSUFFICIENT_DATA
    return "changed" if finding.is_alarm else "unchanged"


def format_value(finding: DriftFinding, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if finding.name == "distance" else f"{100 * value:.1f} %"


def _format_alarm(finding: DriftFinding) -> str:
    before = format_value(finding, finding.baseline)
    after = format_value(finding, finding.recent)
    return {
        "classes": "The shares of the digits changed.",
        "unsure": f"Unsure predictions: {after}, before {before}.",
        "corrections": f"Corrected predictions: {after}, before {before}.",
        "distance": f"Embedding distance (how unusual drawings are): {after}, before {before}.",
    }[finding.name]
