"""The training process of a background worker: at most one, which ends with its worker."""

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
from recognizer.training.run_leases import expire_lease

log = logging.getLogger(__name__)


class TrainingProcessSupervisor:
    """Starts training processes. Call it from the main thread.

    The kernel ends a child when the thread that started it ends.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, run_id: str) -> bool:
        """Start a process, or return False while another one runs.

        The process itself tries to acquire the run.
        """
        if self._process is not None and self._process.poll() is None:
            return False
        lease = uuid.uuid4()
        train = ["workers.training.start_training_process_task", str(UUID(run_id)), str(lease)]
        command = [sys.executable, "-m", "digitsite.launcher.parent_death", *train]
        environment = {**os.environ, PARENT_PID_ENV: str(os.getpid())}
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
        self._process = process
        threading.Thread(
            target=_wait_for_exit, args=(process, UUID(run_id), lease), daemon=True
        ).start()
        return True


def _wait_for_exit(process: subprocess.Popen[bytes], run_id: UUID, lease: UUID) -> None:
    """Wait for the process to end, then expire its lease so that the run restarts immediately."""
    status = process.wait()
    try:
        if expire_lease(run_id, lease=lease):
            log.warning("The process of run %s ended with %d; it will resume", run_id, status)
    except DatabaseError as error:
        log.warning("Cannot expire the lease of run %s: %s", run_id, error)
    finally:
        connection.close()


process_supervisor = TrainingProcessSupervisor()
