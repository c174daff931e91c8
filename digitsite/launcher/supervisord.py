"""supervisord, looking after its processes ten times a second.

By itself it looks once a second, and needs two looks to start again what has ended.
"""

import os

from supervisor import poller, supervisord

from digitsite.launcher.parent_death import PARENT_PID_ENV

POLL_INTERVAL_S = 0.1


class FastPoller(poller.Poller):  # type: ignore[misc]  # supervisor has no types
    def poll(self, timeout: float) -> tuple[list[int], list[int]]:
        ready: tuple[list[int], list[int]] = super().poll(min(timeout, POLL_INTERVAL_S))
        return ready


if __name__ == "__main__":
    poller.Poller = FastPoller
    os.environ[PARENT_PID_ENV] = str(os.getpid())
    supervisord.main()
