"""The sweep: a process of its own that needs only the database.

Every second it sends again what was lost, and training runs that are due; every minute it erases
what was thrown away, and asks for a run if enough is new; every hour it looks whether drawings have
changed; every day it forgets sessions that have run out. It ends on SIGTERM and SIGINT after the
round it is in.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from recognizer.accounts.services import finish_account_deletions
from recognizer.drawings.trash import erase_deleted
from recognizer.drift.proposals import propose_run
from recognizer.maintenance.drawing_requeue import requeue_due_drawings
from recognizer.maintenance.embedding_backfill import request_embeddings
from recognizer.messaging.task_queue import TaskSender
from recognizer.review.prioritization import fill_queue
from recognizer.training.run_dispatcher import RunDispatcher

log = logging.getLogger(__name__)

TICK_INTERVAL_S = 1.0
ERASE_INTERVAL_S = 60.0
TRAINING_INTERVAL_S = 60.0
RETRY_INTERVAL_S = 10.0
REVIEW_QUEUE_INTERVAL_S = 15.0
EMBEDDINGS_INTERVAL_S = 15.0
DRIFT_INTERVAL_S = 3600.0
SESSIONS_INTERVAL_S = 24 * 3600.0


@dataclass
class PeriodicJob:
    """Something to do every so often."""

    do: Callable[[], object]
    interval_s: float
    due_at: float = 0.0


class Command(BaseCommand):
    help = "Send again what was lost, erase what was thrown away. Runs until it is stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        sender = TaskSender()
        runs = RunDispatcher(sender)
        chores = [
            PeriodicJob(partial(requeue_due_drawings, sender), TICK_INTERVAL_S),
            PeriodicJob(runs.send_due, TICK_INTERVAL_S),
            PeriodicJob(erase_deleted, ERASE_INTERVAL_S),
            PeriodicJob(finish_account_deletions, ERASE_INTERVAL_S),
            PeriodicJob(runs.send_after_new_labels, TRAINING_INTERVAL_S),
            PeriodicJob(lambda: fill_queue(timezone.now()), REVIEW_QUEUE_INTERVAL_S),
            PeriodicJob(partial(request_embeddings, sender), EMBEDDINGS_INTERVAL_S),
            PeriodicJob(propose_run, DRIFT_INTERVAL_S),
            PeriodicJob(partial(call_command, "clearsessions"), SESSIONS_INTERVAL_S),
        ]
        while not stop.is_set():
            for chore in chores:
                run_if_due(chore)
            stop.wait(min(chore.due_at for chore in chores) - time.monotonic())
        sender.close()


def run_if_due(chore: PeriodicJob) -> None:
    """A database that is away is tried again in the next round."""
    if time.monotonic() < chore.due_at:
        return
    pause_s = TICK_INTERVAL_S
    try:
        chore.do()
        pause_s = chore.interval_s
    except (OperationalError, InterfaceError) as error:
        log.warning("The database is away: %s", error)
        connection.close()
    except Exception:  # a fault in one chore must not keep drawings from being sent again
        log.exception("A chore failed; the others go on")
        pause_s = max(chore.interval_s, RETRY_INTERVAL_S)
    chore.due_at = time.monotonic() + pause_s
