"""A training run from request to verdict: asked for, leased by the process that trains, cancelled,
swept up. What is learnt, and how, is `ml.retraining.retrain`'s."""

from recognizer.training.queries import (
    RunPage,
    has_ended,
    list_runs,
    load_events,
    runs_with_related,
)
from recognizer.training.run_errors import REQUEST_ERRORS, RUN_ERRORS, CannotCancel, CannotRequest
from recognizer.training.run_requests import (
    ARCHITECTURES,
    DEFAULT_EPOCHS,
    MAX_EPOCHS,
    MAX_SEED,
    cancel_run,
    default_base,
    request_run,
)
from recognizer.training.schedule import last_rehearsal, request_scheduled_run
from recognizer.training.serializers import event_json, run_json

__all__ = [
    "ARCHITECTURES",
    "DEFAULT_EPOCHS",
    "MAX_EPOCHS",
    "MAX_SEED",
    "REQUEST_ERRORS",
    "RUN_ERRORS",
    "CannotCancel",
    "CannotRequest",
    "RunPage",
    "cancel_run",
    "default_base",
    "event_json",
    "has_ended",
    "last_rehearsal",
    "list_runs",
    "load_events",
    "request_run",
    "request_scheduled_run",
    "run_json",
    "runs_with_related",
]
