"""Why a run was not taken, and why one ended without a network: codes for programs, sentences for
people."""

REFUSALS = {
    "unknown_architecture": "There is no network of this kind.",
    "other_architecture": "A network can only be trained further as what it is.",
    "base_missing": "The files of the network to start from are missing.",
    "epochs": "This many rounds cannot be asked for.",
    "one_digit_only": "The training set needs drawings of at least two digits.",
    "nothing_to_learn": "There is nothing yet to make a training set of.",
    "already_open": "The same run is waiting or under way already.",
}
"""Codes of CannotRequest."""

FAILURES = {
    "died": "The training was cut off again and again, perhaps for want of memory.",
    "disk_full": "There is no room left on the disk.",
    "out_of_memory": "There was not enough memory.",
    "bad_base": "The files of the network to start from are missing or not what they were.",
    "bad_sample": "A drawing of the training set cannot be used.",
    "checkpoint_altered": "What was saved of this run is damaged or was changed; it was not used.",
    "checkpoint_of_another_run": "What was saved belongs to another run; it was not used.",
    "nothing_to_learn": "The training set holds nothing to learn from.",
    "one_digit_only": "The training set holds a single digit only.",
    "unknown_architecture": "There is no network of this kind.",
    "diverged": "The training went astray: the network got worse and worse.",
    "export_failed": "The new network could not be made ready to answer.",
    "same_model": "This made exactly the network of an earlier run.",
    "not_stored": "The new network could not be stored.",
    "error": "Something unforeseen happened; the log of the background process says what.",
}
"""Codes of TrainingRun.error."""


class CannotRequest(Exception):
    """The run was not taken; `code` is one of REFUSALS."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail or REFUSALS[code]
        super().__init__(self.detail)


class CannotCancel(Exception):
    """The run has ended already."""
