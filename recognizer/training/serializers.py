"""A run and its events as API and socket show them; docs/protocol.md lists the fields."""

from __future__ import annotations

from datetime import datetime

from recognizer.models import RunEvent, TrainingRun
from recognizer.protocol import JSON


def run_json(run: TrainingRun) -> JSON:
    """Reads base, snapshot, model and by (select them along) and the newest evaluation."""
    evaluation = run.evaluations.order_by("-id").first()
    return {
        "id": str(run.pk),
        "status": run.status,
        "error": run.error or None,
        "detail": run.detail,
        "architecture": run.architecture,
        "base": run.base.ref if run.base else None,
        "snapshot": str(run.snapshot_id) if run.snapshot_id else None,
        "rehearsal": run.rehearsal,
        "epochs": run.epochs,
        "seed": run.seed,
        "shadow": run.wants_shadow,
        "trigger": run.trigger,
        "by": run.by.username if run.by else None,
        "epoch": run.epoch,
        "progress": progress_json(run),
        "is_stopping": run.cancelled_at is not None,
        "model": run.model.ref if run.model else None,
        "gate_result": evaluation.gate_result if evaluation else None,
        "created_at": run.created_at.isoformat(),
        "started_at": _isoformat(run.started_at),
        "ended_at": _isoformat(run.ended_at),
    }


def progress_json(run: TrainingRun) -> JSON | None:
    """`fraction` of the whole (0 to 1), `remaining_s` or null, `phase`; null unless it trains."""
    known: JSON = run.progress
    return known or None


def event_json(event: RunEvent) -> JSON:
    """`epoch`, `step` or `log`, with its `cursor`."""
    moment = event.created_at.isoformat()
    return {"type": event.kind, "cursor": event.pk, "created_at": moment, **event.body}


def _isoformat(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
