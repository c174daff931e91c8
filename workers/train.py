"""The task: start a process that trains, and be free again. `python -m workers.train RUN_ID` is
that process (`workers.trainer`)."""

from __future__ import annotations

import logging
import sys

from recognizer import contract
from workers.app import app
from workers.children import children

log = logging.getLogger(__name__)


@app.task(name=contract.TRAIN, acks_late=False)
def train(run_id: str) -> None:
    """Acknowledged at once: a run is brought back by its lease, not by its message."""
    if not children.start(run_id):
        log.info("Run %s waits: another one is being trained here", run_id)


if __name__ == "__main__":
    from workers.trainer import main

    sys.exit(main(sys.argv[1:]))
