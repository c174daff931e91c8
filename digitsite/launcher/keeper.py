"""supervisord, looking after its processes ten times a second.

By itself it looks once a second, and needs two looks to start again what has ended.
"""

import os

from supervisor import poller, supervisord

from digitsite.launcher.tied import PARENT_PID

LOOKS_EVERY_S = 0.1


class QuickPoller(poller.Poller):  # type: ignore[misc]  # supervisor has no types
    def poll(self, timeout: float) -> tuple[list[int], list[int]]:
        ready: tuple[list[int], list[int]] = super().poll(min(timeout, LOOKS_EVERY_S))
        return ready


if __name__ == "__main__":
    poller.Poller = QuickPoller
    os.environ[PARENT_PID] = str(os.getpid())
    supervisord.main()
