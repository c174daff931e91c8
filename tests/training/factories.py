"""Runs, and what they are made of: a snapshot of a few real drawings, a network with its files."""

from typing import Any

from recognizer.models import Rehearsal, Snapshot, TrainingRun, Trigger


def make_run(snapshot: Snapshot | None, **fields: Any) -> TrainingRun:
    """A run that waits; `fields` replace its own."""
    given = {
        "architecture": "inknet",
        "rehearsal": Rehearsal.SYNTHETIC,
        "epochs": 3,
        "trigger": Trigger.PAGE,
        **fields,
    }
    return TrainingRun.objects.create(snapshot=snapshot, **given)
