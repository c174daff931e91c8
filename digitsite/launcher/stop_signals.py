"""The wish to stop: SIGINT, SIGTERM, and the terminal that is closed."""

import signal
from types import FrameType

from digitsite.launcher.make_signals import is_make_interrupted

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(Exception):
    """Somebody asked for the end."""


class StopSignalHandler:
    """Raises Stop from the signal itself until `defer`, afterwards from `check`.

    What is going on while the site is prepared may be interrupted anywhere. Once a process is being
    started it may not, or nobody would know of it.
    """

    def __init__(self) -> None:
        self._asked = False
        self._deferred = False

    def listen(self) -> None:
        for number in STOP_SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, self._receive)

    def defer(self) -> None:
        self._deferred = True
        self.check()

    def check(self) -> None:
        if self._asked or is_make_interrupted():
            raise StopRequested

    def ignore(self) -> None:
        """Stopping has begun; asking again does not stop that."""
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        if not self._deferred:
            raise StopRequested
