"""Being started by `make run`.

On SIGTERM make ends its children. On a SIGINT sent to make alone (a terminal sends it to all) it
only waits for them, for ever: it restores the signal's default and hopes. That is what we look at.
"""

import os
import re
import signal
from pathlib import Path


def is_started_by_make() -> bool:
    return "MAKELEVEL" in os.environ


def is_make_interrupted() -> bool:
    """Whether make, our parent, has been told to stop (Linux; elsewhere never)."""
    if not is_started_by_make():
        return False
    try:
        status = Path(f"/proc/{os.getppid()}/status").read_text()
    except OSError:
        return False
    name = re.search(r"^Name:\t(g?make)$", status, re.M)
    caught = re.search(r"^SigCgt:\t([0-9a-f]+)$", status, re.M)
    return bool(name and caught) and not _has_signal(caught, signal.SIGINT)


def _has_signal(mask: re.Match[str] | None, number: signal.Signals) -> bool:
    return mask is not None and bool(int(mask[1], 16) >> (number - 1) & 1)
