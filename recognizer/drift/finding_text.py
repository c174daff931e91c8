"""Sentences about drift findings."""

from __future__ import annotations

from collections.abc import Sequence

from recognizer.drift.detection import DriftFinding

METRIC_TITLES = {
    "classes": "Distribution of digits",
    "unsure": "Unsure predictions",
    "corrections": "Corrected predictions",
    "distance": "Embedding distance",
}
INSUFFICIENT_DATA = "not enough data"


def format_reason(findings: Sequence[DriftFinding]) -> str:
    """Return the reason for proposing a run, from the alarms."""
    alarms = [_format_alarm(finding) for finding in findings if finding.is_alarm]
    return f"Drawings have changed in the last week. {' '.join(alarms)}"


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
        "classes": "The distribution of digits has changed.",
        "unsure": f"More predictions are unsure: {after}, before {before}.",
        "corrections": f"Users correct more predictions: {after}, before {before}.",
        "distance": f"Drawings resemble the digits less: embedding distance {after},"
        f" before {before}.",
    }[finding.name]
