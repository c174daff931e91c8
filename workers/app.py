"""The Celery application: a solo pool, one process for each device, nothing that a drawing does not
need. `celery -A workers.app worker --pool solo -Q recognition` (docs/deploy.md has the flags); the
same with `-Q beside,explain,shadow,training` is the background worker.
"""

from __future__ import annotations

import gc
import logging
import os
from typing import Any

import django
from celery import Celery
from celery.signals import celeryd_after_setup, worker_init, worker_ready
from celery.worker import WorkController
from celery.worker.consumer import Consumer
from kombu import Connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
# Two threads of one computation on two busy cores take ten times as long as one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
django.setup()

from recognizer.contract import RECOGNITION_QUEUE  # noqa: E402 - the settings must be there first
from recognizer.queue import broker_config  # noqa: E402 - as above


class EagerConsumer(Consumer):
    """Comes back within a second of the broker; Celery's own waits 2, 4, 6 … up to 30 s."""

    def ensure_connected(self, conn: Connection) -> Connection:
        patient = conn.ensure_connection

        def eager(*args: Any, **kwargs: Any) -> Connection:
            steps = {"interval_start": 0.2, "interval_step": 0.2, "interval_max": 1}
            return patient(*args, **{**kwargs, **steps})

        conn.ensure_connection = eager  # type: ignore[method-assign]
        return super().ensure_connected(conn)


# Celery's Django fixup closes the database connection after each task; ours stays open.
app = Celery("digitsite", fixups=[])
app.conf.update(
    broker_config(),
    include=[
        "workers.recognize",
        "workers.train",
        "workers.scheduled",
        "workers.evaluating",
        "workers.shadow",
        "workers.beside",
        "workers.embedding",
        "workers.explaining",
    ],
    worker_consumer=EagerConsumer,
    worker_pool="solo",
    worker_concurrency=1,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_acks_late=True,
    task_reject_on_worker_lost=False,
    beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
)


@worker_init.connect
def be_quiet(**_: Any) -> None:
    for name in ("celery.app.trace", "celery.worker.strategy"):  # two lines for each task
        logging.getLogger(name).setLevel(logging.WARNING)


@celeryd_after_setup.connect
def settle_in(instance: WorkController, **_: Any) -> None:
    """Before the first task: loading the champion takes longer than anybody should wait. In the
    background the networks that come with the site are made known to it."""
    if recognizes(instance.app):
        from workers.engine import engine

        engine.start()
    else:
        from django.conf import settings

        from recognizer.registry import register_releases

        register_releases(settings.RELEASED_MODELS)


@worker_ready.connect
def settle(sender: Consumer, **_: Any) -> None:
    """What is loaded by now stays: the collector need not look at it again and again."""
    if recognizes(sender.app):
        from workers.engine import engine
        from workers.pulse import start_pulse

        engine.watch()
        start_pulse(engine)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


def recognizes(app: Celery) -> bool:
    """Whether this worker answers drawings, or works in the background."""
    return RECOGNITION_QUEUE in app.amqp.queues.consume_from
