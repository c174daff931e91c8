"""The sweep: a process for periodic jobs that needs only the database.

- Every second it sends lost drawings and due training runs again.
- Every ten seconds it deletes old predictions of earlier revisions (REVISION_RETENTION_DAYS).
- Every 15 seconds it marks the names of the site in Redis as used.
- Every minute it erases deleted drawings, deletes guests without recent drawings, tests the
  reviewers, requests a training run if there are enough labels, and counts the drawings of the next
  training set on a large site.
- Every hour it checks for drift, deletes expired counters, audit events and webhook deliveries,
  and updates the statistics from which SQLite chooses indexes. Once a day it publishes the review
  counts.
- Every day it deletes expired sessions.

Threads of their own deliver e-mails and webhooks, because the other servers can be slow.

SIGTERM and SIGINT end it after the current job.
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
from django.db import InterfaceError, OperationalError, connection

from recognizer.accounts.deletion import finish_account_deletions
from recognizer.accounts.guests import delete_expired_guests
from recognizer.accounts.sign_in.attempt_limits import delete_expired_attempts
from recognizer.audit.events import delete_expired_events
from recognizer.drift.retraining_proposals import propose_run
from recognizer.mail.delivery import MailDelivery
from recognizer.maintenance.deleted_drawing_erasure import erase_deleted
from recognizer.maintenance.drawing_requeue import requeue_due_drawings
from recognizer.maintenance.earlier_predictions import EarlierPredictionDeletion
from recognizer.maintenance.embedding_backfill import request_embeddings
from recognizer.maintenance.planner_statistics import update_planner_statistics
from recognizer.management.base_command import SiteCommand
from recognizer.messaging.celery_task_sender import TaskSender
from recognizer.messaging.site_claim import CLAIM_INTERVAL_S, claim_redis, join_site
from recognizer.review.review_queue_prioritization import QueueFilling
from recognizer.review.reviewers.annotator_accuracy import publish_review_counts
from recognizer.review.reviewers.reviewer_suspension import suspend_unreliable_reviewers
from recognizer.snapshots.next_snapshot_counts import refresh_next_snapshot_counts
from recognizer.training.run_dispatcher import RunDispatcher
from recognizer.webhooks.delivery import WebhookDispatcher
from recognizer.webhooks.delivery_queue import delete_expired_deliveries

log = logging.getLogger(__name__)

TICK_INTERVAL_S = 1.0
ERASE_INTERVAL_S = 60.0
TRAINING_INTERVAL_S = 60.0
RETRY_INTERVAL_S = 10.0
REVIEW_QUEUE_INTERVAL_S = 15.0
REVIEWER_CHECK_INTERVAL_S = 60.0
REVIEW_COUNTS_INTERVAL_S = 3600.0
EMBEDDINGS_INTERVAL_S = 15.0
EARLIER_PREDICTIONS_INTERVAL_S = 10.0
ATTEMPTS_INTERVAL_S = 3600.0
DRIFT_INTERVAL_S = 3600.0
STATISTICS_INTERVAL_S = 3600.0
AUDIT_LOG_INTERVAL_S = 3600.0
WEBHOOK_LOG_INTERVAL_S = 3600.0
SESSIONS_INTERVAL_S = 24 * 3600.0


@dataclass
class PeriodicJob:
    """A job and the time of its next run (`time.monotonic`)."""

    run: Callable[[], object]
    interval_s: float
    due_at: float = 0.0


class Command(SiteCommand):
    help = "Run the periodic jobs until the process is stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        join_site()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        sender = TaskSender()
        runs = RunDispatcher(sender)
        jobs = [
            PeriodicJob(partial(requeue_due_drawings, sender), TICK_INTERVAL_S),
            PeriodicJob(runs.send_due, TICK_INTERVAL_S),
            PeriodicJob(claim_redis, CLAIM_INTERVAL_S),
            PeriodicJob(erase_deleted, ERASE_INTERVAL_S),
            PeriodicJob(finish_account_deletions, ERASE_INTERVAL_S),
            PeriodicJob(delete_expired_guests, ERASE_INTERVAL_S),
            PeriodicJob(runs.send_after_new_labels, TRAINING_INTERVAL_S),
            PeriodicJob(QueueFilling().run, REVIEW_QUEUE_INTERVAL_S),
            PeriodicJob(suspend_unreliable_reviewers, REVIEWER_CHECK_INTERVAL_S),
            PeriodicJob(refresh_next_snapshot_counts, TRAINING_INTERVAL_S),
            PeriodicJob(publish_review_counts, REVIEW_COUNTS_INTERVAL_S),
            PeriodicJob(partial(request_embeddings, sender), EMBEDDINGS_INTERVAL_S),
            PeriodicJob(EarlierPredictionDeletion().run, EARLIER_PREDICTIONS_INTERVAL_S),
            PeriodicJob(delete_expired_attempts, ATTEMPTS_INTERVAL_S),
            PeriodicJob(propose_run, DRIFT_INTERVAL_S),
            PeriodicJob(update_planner_statistics, STATISTICS_INTERVAL_S),
            PeriodicJob(partial(call_command, "clearsessions"), SESSIONS_INTERVAL_S),
            PeriodicJob(delete_expired_events, AUDIT_LOG_INTERVAL_S),
            PeriodicJob(delete_expired_deliveries, WEBHOOK_LOG_INTERVAL_S),
        ]
        for name, run in (("mail", MailDelivery().run), ("webhooks", WebhookDispatcher().run)):
            # A daemon: the process ends even while another server does not respond.
            threading.Thread(target=run, args=[stop], name=name, daemon=True).start()
        while not stop.is_set():
            for job in jobs:
                run_if_due(job)
            stop.wait(min(job.due_at for job in jobs) - time.monotonic())
        sender.close()


def run_if_due(job: PeriodicJob) -> None:
    """Run a due job. If the database is unavailable, it is due again at the next tick."""
    if time.monotonic() < job.due_at:
        return
    pause_s = TICK_INTERVAL_S
    try:
        job.run()
        pause_s = job.interval_s
    except (OperationalError, InterfaceError) as error:
        log.warning("The database is unavailable: %s", error)
        connection.close()
    except Exception:  # an error of one job must not stop the others
        log.exception("A periodic job failed; the others continue")
        pause_s = max(job.interval_s, RETRY_INTERVAL_S)
    job.due_at = time.monotonic() + pause_s
