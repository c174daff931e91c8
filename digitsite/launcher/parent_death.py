"""Processes that the kernel ends when their parent ends.

`python -m digitsite.launcher.parent_death MODULE …` runs MODULE this way. PARENT_PID_ENV holds the
process id of the parent. Without it, a launcher or supervisord that is killed with -9 would leave
the other processes running. Works on Linux only.
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
    """Have SIGTERM sent to this process when process `parent` ends, or now if it has ended."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def run_module() -> None:
    """Run the module in the arguments, for at least MIN_RUN_TIME_S.

    supervisord restarts it immediately. A module that fails on start, for example while the
    database is unavailable, would be restarted in a busy loop.
    """
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
