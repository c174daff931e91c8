"""Signals to processes."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def suspend_process(pid: int) -> Iterator[None]:
    """Stop a process and continue it afterwards."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
