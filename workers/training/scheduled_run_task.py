"""The task that requests a training run. The schedule sends it, or the sweep after N new labels."""

from __future__ import annotations

import logging

from recognizer import protocol
from recognizer.models import Trigger
from recognizer.training.automatic_run_requests import request_scheduled_run
from recognizer.training.run_errors import CannotRequest
from workers.app import app

log = logging.getLogger(__name__)


@app.task(name=protocol.SCHEDULED_RUN_TASK, acks_late=False)
def request_run(trigger: str = Trigger.SCHEDULE) -> None:
    """Request a run. A second delivery does nothing: the training set is the same."""
    try:
        run = request_scheduled_run(Trigger(trigger))
        log.info("Requested run %s", run.pk if run else "none: there are no new labels")
    except CannotRequest as error:
        log.warning("The scheduled run was refused: %s", error)
