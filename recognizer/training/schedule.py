"""Runs that nobody asks for by hand: by the schedule of the admin page, or after N new truths."""

from __future__ import annotations

from recognizer.models import GroundTruth, Rehearsal, RunStatus, TrainingRun, Trigger
from recognizer.registry.promotion import load_champion
from recognizer.snapshots.build import CannotBuild, build_snapshot
from recognizer.training.run_errors import CannotRequest
from recognizer.training.run_requests import DEFAULT_EPOCHS, request_run


def request_scheduled_run(trigger: Trigger) -> TrainingRun | None:
    """Train the champion further on a training set made now; None when that set was trained on, or
    is just being trained on, already. Raises CannotRequest."""
    base = load_champion()
    if base is None:
        raise CannotRequest("base_missing")
    try:
        snapshot = build_snapshot(by=None, note="")
    except CannotBuild as error:
        raise CannotRequest("no_training_data", str(error)) from error
    if snapshot.runs.filter(base=base).exclude(status=RunStatus.CANCELLED).exists():
        return None
    return request_run(
        by=None,
        trigger=trigger,
        architecture=base.architecture,
        base=base,
        snapshot=snapshot,
        rehearsal=load_last_rehearsal(),
        epochs=DEFAULT_EPOCHS["fine_tune"],
    )


def count_new_labels() -> int:
    """Found out, or found out anew, since somebody last asked for a run."""
    newest = TrainingRun.objects.values_list("created_at", flat=True).first()
    truths = GroundTruth.objects.filter(value__isnull=False, is_set_aside=False)
    return (truths.filter(decided_at__gt=newest) if newest else truths).count()


def load_last_rehearsal() -> Rehearsal:
    """What the last run that came to its end rehearsed: this site can get at it."""
    succeeded = TrainingRun.objects.filter(status=RunStatus.SUCCEEDED)
    rehearsal = succeeded.values_list("rehearsal", flat=True).first()
    return Rehearsal(rehearsal) if rehearsal else Rehearsal.ALL
