"""The training task: starts a training process and returns.

`python -m workers.training.start_training_process_task RUN_ID [LEASE]` is that process.
"""

from __future__ import annotations

import logging
import sys

from recognizer import protocol
from workers.app import app
from workers.training.process_supervisor import process_supervisor

log = logging.getLogger(__name__)


@app.task(name=protocol.TRAIN_TASK, acks_late=False)
def train(run_id: str) -> None:
    """Start the process. The message is acknowledged early: an expired lease restarts the run."""
    if not process_supervisor.start(run_id):
        log.info("Run %s waits: this worker already trains another run", run_id)


if __name__ == "__main__":
    from workers.training.training_process_main import main

    sys.exit(main(sys.argv[1:]))
