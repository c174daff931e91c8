"""Ties a process to the one that started it: the kernel ends it when its parent is gone.

`python -m digitsite.launcher.tied MODULE …` runs MODULE so. It is what keeps a launcher or a
supervisord that was killed with -9 from leaving the site's processes behind (Linux; elsewhere
nothing is tied, and they must be ended by hand).
"""

import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1


def tie_to_parent() -> None:
    """From now on SIGTERM comes when the parent ends; at once if it has ended already."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    tie_to_parent()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
