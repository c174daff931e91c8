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

from recognizer.accounts import finish_deletions
from recognizer.drift import propose_run
from recognizer.embedding import ask_for_embeddings
from recognizer.history import erase_deleted
from recognizer.queue import Sender
from recognizer.review.order import fill_queue
from recognizer.sweeping import sweep_once
from recognizer.training.sweeping import RunSweep

log = logging.getLogger(__name__)

EVERY_S = 1.0
ERASE_EVERY_S = 60.0
ASK_EVERY_S = 60.0
FAILED_AGAIN_AFTER_S = 10.0
REVIEWS_EVERY_S = 15.0
EMBEDDINGS_EVERY_S = 15.0
DRIFT_EVERY_S = 3600.0
SESSIONS_EVERY_S = 24 * 3600.0


@dataclass
class Chore:
    """Something to do every so often."""

    do: Callable[[], object]
    every_s: float
    due_at: float = 0.0


class Command(BaseCommand):
    help = "Send again what was lost, erase what was thrown away. Runs until it is stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        sender = Sender()
        runs = RunSweep(sender)
        chores = [
            Chore(partial(sweep_once, sender), EVERY_S),
            Chore(runs.send_due, EVERY_S),
            Chore(erase_deleted, ERASE_EVERY_S),
            Chore(finish_deletions, ERASE_EVERY_S),
            Chore(runs.send_after_truths, ASK_EVERY_S),
            Chore(lambda: fill_queue(timezone.now()), REVIEWS_EVERY_S),
            Chore(partial(ask_for_embeddings, sender), EMBEDDINGS_EVERY_S),
            Chore(propose_run, DRIFT_EVERY_S),
            Chore(partial(call_command, "clearsessions"), SESSIONS_EVERY_S),
        ]
        while not stop.is_set():
            for chore in chores:
                do_when_due(chore)
            stop.wait(min(chore.due_at for chore in chores) - time.monotonic())
        sender.close()


def do_when_due(chore: Chore) -> None:
    """A database that is away is tried again in the next round."""
    if time.monotonic() < chore.due_at:
        return
    pause_s = EVERY_S
    try:
        chore.do()
        pause_s = chore.every_s
    except (OperationalError, InterfaceError) as error:
        log.warning("The database is away: %s", error)
        connection.close()
    except Exception:  # a fault in one chore must not keep drawings from being sent again
        log.exception("A chore failed; the others go on")
        pause_s = max(chore.every_s, FAILED_AGAIN_AFTER_S)
    chore.due_at = time.monotonic() + pause_s
