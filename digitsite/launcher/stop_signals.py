"""Stop requests: SIGINT, SIGTERM, SIGHUP, and a SIGINT to the `make` that runs the launcher."""

import os
import re
import signal
from pathlib import Path
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(Exception):
    """A request to stop the site."""


class StopSignalHandler:
    """Raises StopRequested from the signal handler until `defer`, afterwards from `check`.

    The preparation may be interrupted anywhere. The start of a process may not, because that
    process would keep running.
    """

    def __init__(self) -> None:
        self._is_requested = False
        self._is_deferred = False

    def listen(self) -> None:
        for number in STOP_SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, self._receive)

    def defer(self) -> None:
        self._is_deferred = True
        self.check()

    def check(self) -> None:
        if self._is_requested or is_make_interrupted():
            raise StopRequested

    def ignore(self) -> None:
        """Ignore further signals while the site stops."""
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._is_requested = True
        if not self._is_deferred:
            raise StopRequested


def is_started_by_make() -> bool:
    return "MAKELEVEL" in os.environ


def is_make_interrupted() -> bool:
    """Return whether make, the parent, received SIGINT (Linux only).

    A terminal sends SIGINT to all processes. Make passes on SIGTERM, but not a SIGINT sent to it
    alone: it resets its own handler and waits for its children. The reset shows in /proc. In the
    background of a script make has no handler either: such a shell has it ignore SIGINT.
    """
    if not is_started_by_make():
        return False
    try:
        status = Path(f"/proc/{os.getppid()}/status").read_text()
    except OSError:
        return False
    masks = re.search(
        r"^Name:\tg?make$.*^SigIgn:\t([0-9a-f]+)$.*^SigCgt:\t([0-9a-f]+)$", status, re.M | re.S
    )
    if masks is None:
        return False
    ignored, caught = (int(mask, 16) >> (signal.SIGINT - 1) & 1 for mask in masks.groups())
    return not ignored and not caught
