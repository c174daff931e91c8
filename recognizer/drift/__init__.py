"""Drift: how people's drawings change from day to day, and what the site proposes when they do."""

from recognizer.drift.days import Day, Era, History, read_history
from recognizer.drift.proposing import (
    CannotSettle,
    dismiss_proposal,
    list_proposals,
    propose_run,
    start_proposal,
)
from recognizer.drift.rule import Finding, judge_drift
from recognizer.drift.shapes import drift_json, proposal_json
from recognizer.drift.tally import Tally
from recognizer.drift.windows import judge_now

__all__ = [
    "CannotSettle",
    "Day",
    "Era",
    "Finding",
    "History",
    "Tally",
    "dismiss_proposal",
    "drift_json",
    "judge_drift",
    "judge_now",
    "list_proposals",
    "proposal_json",
    "propose_run",
    "read_history",
    "start_proposal",
]
