"""JSON of drift statistics and retraining proposals."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, TypedDict, cast

from recognizer.drift.daily_stats import DayStats, DriftHistory
from recognizer.drift.detection import DriftFinding
from recognizer.models import RetrainingProposal
from recognizer.protocol.drawing_json_payloads import Date, Timestamp, Uuid


class DailyStatsPayload(TypedDict):
    """Statistics of the drawings of one day (UTC); fractions are null without drawings."""

    date: Date
    predicted: Annotated[int, "Drawings with a prediction."]
    classes: Annotated[list[int], "Predictions of the digits 0 to 9, then of not_a_digit."]
    confidence: Annotated[float | None, "Mean confidence."]
    unsure: Annotated[float | None, "Fraction of unsure predictions."]
    not_a_digit: Annotated[float | None, "Fraction of not_a_digit predictions."]
    claims: int
    corrections: Annotated[float | None, "Fraction of claims that differ from the prediction."]
    measured: Annotated[int, "Drawings with an embedding."]
    distance: Annotated[float | None, "Mean distance of the embeddings to the training data."]


class ServingPeriodPayload(TypedDict):
    since: Timestamp
    model: str


class DriftFindingPayload(TypedDict):
    """A comparison of the recent drawings with the earlier ones."""

    name: Annotated[str, "classes, unsure, corrections or distance."]
    n_baseline: int
    n_recent: int
    baseline: float | None
    recent: float | None
    statistic: Annotated[float | None, "Test statistic; null if there are too few drawings."]
    is_alarm: bool


class DriftPayload(TypedDict):
    days: Annotated[list[DailyStatsPayload], "Oldest first, without gaps."]
    models: list[ServingPeriodPayload]
    pointers: list[str]
    findings: list[DriftFindingPayload]


class ProposalPayload(TypedDict):
    id: int
    reason: str
    metrics: dict[str, Any]
    snapshot: Uuid | None
    run: Uuid | None
    created_at: Timestamp
    resolved_at: Timestamp | None


class ProposalListPayload(TypedDict):
    results: list[ProposalPayload]


def drift_json(history: DriftHistory, findings: Sequence[DriftFinding]) -> DriftPayload:
    return {
        "days": [_day_json(day) for day in history.days],
        "models": [
            {"since": period.since.isoformat(), "model": period.model}
            for period in history.serving_periods
        ],
        "pointers": history.pointers,
        "findings": [cast(DriftFindingPayload, asdict(one)) for one in findings],
    }


def proposal_json(proposal: RetrainingProposal) -> ProposalPayload:
    return {
        "id": proposal.pk,
        "reason": proposal.reason,
        "metrics": proposal.metrics,
        "snapshot": str(proposal.snapshot_id) if proposal.snapshot_id else None,
        "run": str(proposal.run_id) if proposal.run_id else None,
        "created_at": proposal.created_at.isoformat(),
        "resolved_at": proposal.resolved_at.isoformat() if proposal.resolved_at else None,
    }


def _day_json(day: DayStats) -> DailyStatsPayload:
    aggregate = day.aggregate
    return {
        "date": day.date.isoformat(),
        "predicted": aggregate.num_predictions,
        "classes": list(aggregate.classes),
        "confidence": aggregate.mean_confidence,
        "unsure": aggregate.unsure_fraction,
        "not_a_digit": aggregate.not_a_digit_fraction,
        "claims": aggregate.num_claims,
        "corrections": aggregate.correction_rate,
        "measured": aggregate.num_embeddings,
        "distance": aggregate.mean_distance,
    }
