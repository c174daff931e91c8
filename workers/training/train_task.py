"""The task: start a process that trains, and be free again. `python -m
workers.training.train_task RUN_ID` is
that process (`workers.training.training_process`)."""

from __future__ import annotations

import logging
import sys

from recognizer import protocol
from workers.app import app
from workers.training.process_supervisor import process_supervisor

log = logging.getLogger(__name__)


@app.task(name=protocol.TRAIN_TASK, acks_late=False)
def train(run_id: str) -> None:
    """Acknowledged at once: a run is brought back by its lease, not by its message."""
    if not process_supervisor.start(run_id):
        log.info("Run %s waits: another one is being trained here", run_id)


if __name__ == "__main__":
    from workers.training.training_process import main

    sys.exit(main(sys.argv[1:]))
