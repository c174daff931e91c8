"""Drift: how people's drawings change from day to day, and what the site proposes when they do."""

from recognizer.drift.aggregates import DrawingAggregate
from recognizer.drift.daily_stats import DayStats, DriftHistory, ServingPeriod, load_history
from recognizer.drift.detection import DriftFinding, detect_drift
from recognizer.drift.proposals import (
    CannotResolve,
    dismiss_proposal,
    list_proposals,
    propose_run,
    start_proposal,
)
from recognizer.drift.serializers import drift_json, proposal_json
from recognizer.drift.windows import evaluate_drift

__all__ = [
    "CannotResolve",
    "DayStats",
    "DrawingAggregate",
    "DriftFinding",
    "DriftHistory",
    "ServingPeriod",
    "detect_drift",
    "dismiss_proposal",
    "drift_json",
    "evaluate_drift",
    "list_proposals",
    "load_history",
    "proposal_json",
    "propose_run",
    "start_proposal",
]
