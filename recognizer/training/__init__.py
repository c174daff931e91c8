"""A training run from request to verdict: asked for, leased by the process that trains, cancelled,
swept up. What is learnt, and how, is `ml.retraining`'s."""

from recognizer.training.failures import FAILURES, REFUSALS, CannotCancel, CannotRequest
from recognizer.training.reading import RunPage, all_runs, has_ended, list_runs, read_events
from recognizer.training.requesting import (
    ARCHITECTURES,
    EPOCHS,
    MOST_EPOCHS,
    MOST_SEED,
    cancel_run,
    default_base,
    request_run,
)
from recognizer.training.schedule import last_rehearsal, request_scheduled_run
from recognizer.training.shapes import event_json, run_json

__all__ = [
    "ARCHITECTURES",
    "EPOCHS",
    "FAILURES",
    "MOST_EPOCHS",
    "MOST_SEED",
    "REFUSALS",
    "CannotCancel",
    "CannotRequest",
    "RunPage",
    "all_runs",
    "cancel_run",
    "default_base",
    "event_json",
    "has_ended",
    "last_rehearsal",
    "list_runs",
    "read_events",
    "request_run",
    "request_scheduled_run",
    "run_json",
]
