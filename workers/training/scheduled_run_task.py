"""The task that the schedule, and the sweep after N new truths, send: ask for a run."""

from __future__ import annotations

import logging

from recognizer import protocol
from recognizer.models import Trigger
from recognizer.training.run_errors import CannotRequest
from recognizer.training.schedule import request_scheduled_run
from workers.app import app

log = logging.getLogger(__name__)


@app.task(name=protocol.SCHEDULED_RUN_TASK, acks_late=False)
def request_run(trigger: str = Trigger.SCHEDULE) -> None:
    """Done twice it asks once: the same training set is not trained on again."""
    try:
        run = request_scheduled_run(Trigger(trigger))
        log.info("Asked for run %s", run.pk if run else "none: there is nothing new")
    except CannotRequest as error:
        log.warning("No run by itself: %s", error)
