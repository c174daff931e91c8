"""Training runs requested by the schedule or after enough new labels."""

from __future__ import annotations

from recognizer.models import (
    GroundTruth,
    ModelVersion,
    Rehearsal,
    RunStatus,
    Snapshot,
    TrainingRun,
    Trigger,
    User,
)
from recognizer.registry.promotion import load_champion
from recognizer.training.run_errors import CannotRequest
from recognizer.training.run_requests import DEFAULT_EPOCHS, build_training_snapshot, request_run


def request_scheduled_run(trigger: Trigger) -> TrainingRun | None:
    """Request fine-tuning of the champion on a training set of the current labels. Returns None if
    a run of this model on this set exists and was not cancelled. Raises CannotRequest."""
    base = load_champion()
    if base is None:
        raise CannotRequest("base_missing")
    snapshot = build_training_snapshot(by=None)
    if snapshot.runs.filter(base=base).exclude(status=RunStatus.CANCELLED).exists():
        return None
    return request_fine_tuning(by=None, trigger=trigger, base=base, snapshot=snapshot)


def request_fine_tuning(
    *,
    by: User | None,
    trigger: Trigger,
    base: ModelVersion,
    snapshot: Snapshot,
    proposal_id: int | None = None,
) -> TrainingRun:
    """Request fine-tuning with the default settings. Raises CannotRequest."""
    return request_run(
        by=by,
        trigger=trigger,
        architecture=base.architecture,
        base=base,
        snapshot=snapshot,
        rehearsal=load_last_rehearsal(),
        epochs=DEFAULT_EPOCHS["fine_tune"],
        proposal_id=proposal_id,
    )


def count_new_labels(limit: int) -> int:
    """Return the number of ground truths decided since the last run was requested, up to a
    limit."""
    newest = TrainingRun.objects.values_list("created_at", flat=True).first()
    ground_truths = GroundTruth.objects.filter(value__isnull=False, is_set_aside=False)
    if newest:
        ground_truths = ground_truths.filter(decided_at__gt=newest)
    return ground_truths[:limit].count()


def load_last_rehearsal() -> Rehearsal:
    """Return the rehearsal data of the last successful run, which are available on this site."""
    succeeded = TrainingRun.objects.filter(status=RunStatus.SUCCEEDED)
    rehearsal = succeeded.values_list("rehearsal", flat=True).first()
    return Rehearsal(rehearsal) if rehearsal else Rehearsal.ALL
