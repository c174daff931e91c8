"""Whose a run is while it trains. Every change is a compare-and-set on the lease, by the database's
clock: a process that lost its lease changes nothing any more."""

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
from recognizer.snapshots.erasure import mark_trained_model


class LeaseLost(Exception):
    """The run is somebody else's now, or has ended."""


def acquire_run(run_id: UUID, *, lease: UUID) -> TrainingRun | None:
    """The run, now this lease's and its attempt counted; None when it is not to be had."""
    due = due_runs().filter(
        pk=run_id, attempts__lt=settings.TRAINING_MAX_ATTEMPTS, cancelled_at=None
    )
    taken = due.update(
        status=RunStatus.RUNNING,
        lease=lease,
        lease_until=_lease_expiry(),
        attempts=F("attempts") + 1,
        started_at=Coalesce("started_at", Now()),
    )
    if not taken:
        return None
    return TrainingRun.objects.select_related("base", "snapshot", "by").get(pk=run_id)


def renew_lease(run: TrainingRun) -> None:
    """Raises LeaseLost."""
    _update(run, lease_until=_lease_expiry())


def is_cancel_requested(run: TrainingRun) -> bool:
    """Raises LeaseLost."""
    asked = _leased_run(run).values_list("cancelled_at", flat=True).first()
    if asked is None and not _leased_run(run).exists():
        raise LeaseLost
    return asked is not None


def update_progress(run: TrainingRun, progress: JSON) -> None:
    """Raises LeaseLost."""
    _update(run, progress=progress)


def record_epoch(run: TrainingRun, epoch: int, figures: JSON) -> None:
    """An epoch is done, and its state on the disk: attempts are counted anew. Told twice it is
    stored once. Raises LeaseLost."""
    if not run.events.filter(kind="epoch", body__epoch=epoch).exists():
        append_event(run, "epoch", epoch=epoch, **figures)
    _update(run, epoch=epoch, attempts=0)


def append_event(run: TrainingRun, kind: str, **body: Any) -> None:
    """Append a line of the log, or a point of a curve. Raises LeaseLost.

    Without a transaction, so that nobody else who writes waits between two statements of ours.
    """
    if not _leased_run(run).exists():
        raise LeaseLost
    RunEvent.objects.create(run=run, kind=kind, body=body)


def finish_run(run: TrainingRun, model: ModelVersion) -> None:
    """It made this network, which answers in the shadow from now on if that was wanted. Raises
    LeaseLost."""
    with transaction.atomic():
        if run.wants_shadow:
            ModelVersion.objects.filter(pk=model.pk).update(is_shadow=True)
        _finish(run, status=RunStatus.SUCCEEDED, model=model)
        mark_trained_model(run, model)


def fail_run(run: TrainingRun, code: str, detail: str) -> None:
    """Raises LeaseLost."""
    _finish(run, status=RunStatus.FAILED, error=code, detail=detail[:500])


def mark_run_cancelled(run: TrainingRun) -> None:
    """It was asked to stop, and did. Raises LeaseLost."""
    _finish(run, status=RunStatus.CANCELLED)


def release_run(run: TrainingRun) -> None:
    """The process has to end, which is no fault of the run: it waits for another one. Raises
    LeaseLost."""
    waits = {"status": RunStatus.QUEUED, "lease": None, "lease_until": None}
    _update(run, attempts=Greatest(F("attempts") - 1, 0), **waits)


def expire_lease(run_id: UUID, *, lease: UUID) -> bool:
    """The process with this lease is dead: nobody need wait until the lease runs out."""
    held = TrainingRun.objects.filter(pk=run_id, lease=lease, status=RunStatus.RUNNING)
    return bool(held.update(lease_until=Now()))


def _finish(run: TrainingRun, **fields: Any) -> None:
    _update(run, ended_at=Now(), lease_until=None, progress={}, **fields)


def _update(run: TrainingRun, **fields: Any) -> None:
    if not _leased_run(run).update(**fields):
        raise LeaseLost


def _leased_run(run: TrainingRun) -> QuerySet[TrainingRun]:
    return TrainingRun.objects.filter(pk=run.pk, lease=run.lease, status=RunStatus.RUNNING)


def due_runs() -> QuerySet[TrainingRun]:
    """Those that wait, and those whose lease ran out."""
    return TrainingRun.objects.filter(
        Q(status=RunStatus.QUEUED) | Q(status=RunStatus.RUNNING, lease_until__lte=Now())
    )


def _lease_expiry() -> ExpressionWrapper[Any]:
    lasts = timedelta(seconds=settings.TRAINING_LEASE_S)
    return ExpressionWrapper(Now() + lasts, output_field=DateTimeField())
