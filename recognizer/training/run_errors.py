"""Errors of training runs: codes for programs, sentences for users."""

from collections.abc import Mapping
from typing import ClassVar

from recognizer.base_errors import CodedError, DomainError

REQUEST_ERRORS = {
    "unknown_architecture": "Unknown architecture.",
    "architecture_mismatch": "The base model has another architecture. Choose the same one.",
    "base_missing": "The files of the base model are missing.",
    "epochs": "The number of epochs is out of range.",
    "single_class": "The training set needs drawings of at least two digits.",
    "no_training_data": "There are no labelled drawings to train on yet.",
    "already_open": "The same run is already queued or running.",
}
"""Codes of CannotRequest."""

RUN_ERRORS = {
    "died": "Training was interrupted repeatedly, possibly because it ran out of memory.",
    "disk_full": "The disk is full.",
    "out_of_memory": "Out of memory.",
    "base_model_unusable": "The files of the base model are missing or have changed.",
    "invalid_drawing": "The training set contains an invalid drawing.",
    "checkpoint_corrupt": "The checkpoint of this run is corrupt and was not used.",
    "checkpoint_mismatch": "The checkpoint belongs to another run and was not used.",
    "no_training_data": "The training set contains no usable drawings.",
    "single_class": "The training set contains one digit only.",
    "unknown_architecture": "Unknown architecture.",
    "diverged": "Training diverged.",
    "export_failed": "The new model could not be exported.",
    "duplicate_model": "The new model is identical to that of an earlier run.",
    "storage_failed": "The new model could not be stored.",
    "internal_error": "Internal error. See the log of the background worker.",
}
"""Codes of TrainingRun.error."""


class CannotRequest(CodedError):
    """The requested run was refused."""

    messages = REQUEST_ERRORS
    statuses: ClassVar[Mapping[str, int]] = {"already_open": 409}


class CannotCancel(DomainError):
    """The run has already ended."""

    code = "already_ended"
    status = 409
