"""Ties a process to the one that started it: the kernel ends it when its parent is gone.

`python -m digitsite.launcher.parent_death MODULE …` runs MODULE so, the parent being PARENT_PID
of the
environment. It is what keeps a launcher or a supervisord that was killed with -9 from leaving the
site's processes behind (Linux; elsewhere nothing is tied, and they must be ended by hand).
"""

import ctypes
import os
import runpy
import signal
import sys
import time

PARENT_PID_ENV = "DIGITSITE_PARENT_PID"
PR_SET_PDEATHSIG = 1
MIN_RUN_TIME_S = 1.0


def set_parent_death_signal(parent: int) -> None:
    """From now on SIGTERM comes when the parent ends; at once if it has ended already, which takes
    knowing who it was."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def run_module() -> None:
    """Run the module that the arguments name. One that ends as soon as it starts waits a little,
    or supervisord would start it again without a pause, for as long as what it lacks is away."""
    started = time.monotonic()
    del sys.argv[0]
    try:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    finally:
        if time.monotonic() - started < MIN_RUN_TIME_S:
            time.sleep(MIN_RUN_TIME_S)


if __name__ == "__main__":
    set_parent_death_signal(int(os.environ[PARENT_PID_ENV]))
    run_module()
