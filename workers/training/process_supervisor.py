"""The process that trains, one at a time in each background worker: started, looked after, and
ended with its worker."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import uuid
from uuid import UUID

from django.db import DatabaseError, connection

from digitsite.launcher.parent_death import PARENT_PID_ENV
from recognizer.training.lease import expire_lease

log = logging.getLogger(__name__)


class TrainingProcessSupervisor:
    """For the worker's main thread: the kernel ends a child with the thread that started it."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, run_id: str) -> bool:
        """Whether there was room for one more; the child itself finds out if the run is to be
        had."""
        if self._child is not None and self._child.poll() is None:
            return False
        lease = uuid.uuid4()
        train = ["workers.training.train_task", str(UUID(run_id)), str(lease)]
        command = [sys.executable, "-m", "digitsite.launcher.parent_death", *train]
        environment = {**os.environ, PARENT_PID_ENV: str(os.getpid())}
        child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
        self._child = child
        threading.Thread(
            target=_wait_for_exit, args=(child, UUID(run_id), lease), daemon=True
        ).start()
        return True


def _wait_for_exit(child: subprocess.Popen[bytes], run_id: UUID, lease: UUID) -> None:
    """Wait for its end; the run of one that was killed need not wait for the end of its lease."""
    status = child.wait()
    try:
        if expire_lease(run_id, lease=lease):
            log.warning("The training of %s ended with %d; it goes on from there", run_id, status)
    except DatabaseError as error:
        log.warning("The lease of %s runs out by itself: %s", run_id, error)
    finally:
        connection.close()


process_supervisor = TrainingProcessSupervisor()
