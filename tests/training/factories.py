"""Factories of training runs."""

from typing import Any

from recognizer.models import Rehearsal, Snapshot, TrainingRun, Trigger


def make_run(snapshot: Snapshot | None, **fields: Any) -> TrainingRun:
    """Create a queued run with the given fields."""
    values = {
        "architecture": "inknet",
        "rehearsal": Rehearsal.SYNTHETIC,
        "epochs": 3,
        "trigger": Trigger.PAGE,
        **fields,
    }
    return TrainingRun.objects.create(snapshot=snapshot, **values)
