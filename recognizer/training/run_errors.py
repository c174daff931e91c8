"""Why a run was not taken, and why one ended without a network: codes for programs, sentences for
people."""

from collections.abc import Mapping
from typing import ClassVar

from recognizer.errors import CodedError, DomainError

REQUEST_ERRORS = {
    "unknown_architecture": "There is no network of this kind.",
    "architecture_mismatch": "A network can only be trained further as what it is.",
    "base_missing": "The files of the network to start from are missing.",
    "epochs": "This many rounds cannot be asked for.",
    "single_class": "The training set needs drawings of at least two digits.",
    "no_training_data": "There is nothing yet to make a training set of.",
    "already_open": "The same run is waiting or under way already.",
}
"""Codes of CannotRequest."""

RUN_ERRORS = {
    "died": "The training was cut off again and again, perhaps for want of memory.",
    "disk_full": "There is no room left on the disk.",
    "out_of_memory": "There was not enough memory.",
    "base_model_unusable": "The files of the base model are missing or not what they were.",
    "invalid_drawing": "A drawing of the training set cannot be used.",
    "checkpoint_corrupt": "What was saved of this run is damaged or was changed; it was not used.",
    "checkpoint_mismatch": "What was saved belongs to another run; it was not used.",
    "no_training_data": "The training set holds nothing to learn from.",
    "single_class": "The training set holds a single digit only.",
    "unknown_architecture": "There is no network of this kind.",
    "diverged": "The training went astray: the network got worse and worse.",
    "export_failed": "The new network could not be made ready to answer.",
    "duplicate_model": "This made exactly the network of an earlier run.",
    "storage_failed": "The new network could not be stored.",
    "internal_error": "Something unforeseen happened; the log of the background process says what.",
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
