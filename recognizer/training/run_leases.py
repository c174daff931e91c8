"""Leases on training runs. Every write is conditional on still holding the lease, by the database
clock, so a process that lost it cannot change the run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest, Now

from recognizer.models import ModelVersion, RunEvent, RunStatus, TrainingRun
from recognizer.protocol import JSON
from recognizer.snapshots.snapshot_drawing_erasure import mark_trained_model
from recognizer.webhooks.events import emit_ended_runs


class LeaseLost(Exception):
    """The lease has expired and another process holds it, or the run has ended."""


def acquire_run(run_id: UUID, *, lease: UUID) -> TrainingRun | None:
    """Lease the run and count the attempt. Returns None if the run is not due."""
    due = due_runs().filter(
        pk=run_id, attempts__lt=settings.TRAINING_MAX_ATTEMPTS, cancelled_at=None
    )
    is_leased = due.update(
        status=RunStatus.RUNNING,
        lease=lease,
        lease_until=_lease_expiry(),
        attempts=F("attempts") + 1,
        started_at=Coalesce("started_at", Now()),
    )
    if not is_leased:
        return None
    return TrainingRun.objects.select_related("base", "snapshot", "by").get(pk=run_id)


def renew_lease(run: TrainingRun) -> None:
    """Extend the lease. Raises LeaseLost."""
    _update(run, lease_until=_lease_expiry())


def is_cancel_requested(run: TrainingRun) -> bool:
    """Return whether a cancellation was requested. Raises LeaseLost."""
    cancelled_at = _leased_run(run).values_list("cancelled_at", flat=True).first()
    if cancelled_at is None and not _leased_run(run).exists():
        raise LeaseLost
    return cancelled_at is not None


def update_progress(run: TrainingRun, progress: JSON) -> None:
    """Store the progress of the run. Raises LeaseLost."""
    _update(run, progress=progress)


def record_epoch(run: TrainingRun, epoch: int, metrics: JSON) -> None:
    """Append an epoch event once and reset the attempts, since its checkpoint is stored. Raises
    LeaseLost."""
    if not run.events.filter(kind="epoch", body__epoch=epoch).exists():
        append_event(run, "epoch", epoch=epoch, **metrics)
    _update(run, epoch=epoch, attempts=0)


def append_event(run: TrainingRun, kind: str, **body: Any) -> None:
    """Append a log line, or a point of a chart. Raises LeaseLost.

    There is no transaction, so that other writers do not wait between the two statements.
    """
    if not _leased_run(run).exists():
        raise LeaseLost
    RunEvent.objects.create(run=run, kind=kind, body=body)


def finish_run(run: TrainingRun, model: ModelVersion) -> None:
    """End the run with the model it trained, and turn on its shadow mode if requested. Raises
    LeaseLost."""
    with transaction.atomic():
        if run.wants_shadow:
            ModelVersion.objects.filter(pk=model.pk).update(is_shadow=True)
        _finish(run, status=RunStatus.SUCCEEDED, model=model)
        mark_trained_model(run, model)


def fail_run(run: TrainingRun, code: str, detail: str) -> None:
    """End the run with an error code of RUN_ERRORS. Raises LeaseLost."""
    _finish(run, status=RunStatus.FAILED, error=code, detail=detail[:500])


def mark_run_cancelled(run: TrainingRun) -> None:
    """End the run as cancelled. Raises LeaseLost."""
    _finish(run, status=RunStatus.CANCELLED)


def release_run(run: TrainingRun) -> None:
    """Put the run back into the queue, without counting the attempt, because its process has to
    exit. Raises LeaseLost."""
    queued = {"status": RunStatus.QUEUED, "lease": None, "lease_until": None}
    _update(run, attempts=Greatest(F("attempts") - 1, 0), **queued)


def expire_lease(run_id: UUID, *, lease: UUID) -> bool:
    """Expire the lease of a dead process, so that the run can restart immediately."""
    leased = TrainingRun.objects.filter(pk=run_id, lease=lease, status=RunStatus.RUNNING)
    return bool(leased.update(lease_until=Now()))


def _finish(run: TrainingRun, **fields: Any) -> None:
    with transaction.atomic():
        _update(run, ended_at=Now(), lease_until=None, progress={}, **fields)
        emit_ended_runs([run.pk])


def _update(run: TrainingRun, **fields: Any) -> None:
    if not _leased_run(run).update(**fields):
        raise LeaseLost


def _leased_run(run: TrainingRun) -> QuerySet[TrainingRun]:
    return TrainingRun.objects.filter(pk=run.pk, lease=run.lease, status=RunStatus.RUNNING)


def due_runs() -> QuerySet[TrainingRun]:
    """Return the queued runs and those with an expired lease."""
    return TrainingRun.objects.filter(
        Q(status=RunStatus.QUEUED) | Q(status=RunStatus.RUNNING, lease_until__lte=Now())
    )


def _lease_expiry() -> ExpressionWrapper[Any]:
    duration = timedelta(seconds=settings.TRAINING_LEASE_S)
    return ExpressionWrapper(Now() + duration, output_field=DateTimeField())
