"""Drift and proposals as the interface shows them; docs/protocol.md lists the fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from recognizer.drift.daily_stats import DayStats, DriftHistory, ServingPeriod
from recognizer.drift.detection import DriftFinding
from recognizer.models import RetrainingProposal
from recognizer.protocol import JSON


def drift_json(history: DriftHistory, findings: Sequence[DriftFinding]) -> JSON:
    return {
        "days": [_day_json(day) for day in history.days],
        "models": [_serving_period_json(era) for era in history.serving_periods],
        "pointers": history.pointers,
        "findings": [asdict(one) for one in findings],
    }


def proposal_json(proposal: RetrainingProposal) -> JSON:
    return {
        "id": proposal.pk,
        "reason": proposal.reason,
        "metrics": proposal.metrics,
        "snapshot": str(proposal.snapshot_id) if proposal.snapshot_id else None,
        "run": str(proposal.run_id) if proposal.run_id else None,
        "created_at": proposal.created_at.isoformat(),
        "resolved_at": proposal.resolved_at.isoformat() if proposal.resolved_at else None,
    }


def _day_json(day: DayStats) -> JSON:
    tally = day.tally
    return {
        "date": day.date.isoformat(),
        "answered": tally.answered,
        "classes": list(tally.classes),
        "confidence": tally.confidence,
        "unsure": tally.unsure_fraction,
        "not_a_digit": tally.not_a_digit_fraction,
        "claims": tally.claims,
        "corrections": tally.correction_rate,
        "measured": tally.measured,
        "distance": tally.distance,
    }


def _serving_period_json(era: ServingPeriod) -> JSON:
    return {"since": era.since.isoformat(), "model": era.model}
