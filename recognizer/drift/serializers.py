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
    aggregate = day.aggregate
    return {
        "date": day.date.isoformat(),
        "answered": aggregate.num_predictions,
        "classes": list(aggregate.classes),
        "confidence": aggregate.mean_confidence,
        "unsure": aggregate.unsure_fraction,
        "not_a_digit": aggregate.not_a_digit_fraction,
        "claims": aggregate.num_claims,
        "corrections": aggregate.correction_rate,
        "measured": aggregate.num_embeddings,
        "distance": aggregate.mean_distance,
    }


def _serving_period_json(era: ServingPeriod) -> JSON:
    return {"since": era.since.isoformat(), "model": era.model}
