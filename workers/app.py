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

from recognizer.messaging.task_queue import broker_config  # noqa: E402 - as above
from recognizer.protocol import RECOGNITION_QUEUE  # noqa: E402 - the settings must be there first


class FastReconnectConsumer(Consumer):
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
        "workers.recognition.recognize_task",
        "workers.training.train_task",
        "workers.training.scheduled_run_task",
        "workers.comparison.evaluate_task",
        "workers.comparison.shadow_task",
        "workers.comparison.side_by_side_task",
        "workers.embed_task",
        "workers.explain.explain_task",
    ],
    worker_consumer=FastReconnectConsumer,
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
def silence_loggers(**_: Any) -> None:
    for name in ("celery.app.trace", "celery.worker.strategy"):  # two lines for each task
        logging.getLogger(name).setLevel(logging.WARNING)


@celeryd_after_setup.connect
def prepare_worker(instance: WorkController, **_: Any) -> None:
    """Before the first task: loading the champion takes longer than anybody should wait. In the
    background the networks that come with the site are made known to it."""
    if is_recognition_worker(instance.app):
        from workers.recognition.model_cache import model_cache

        model_cache.start()
    else:
        from django.conf import settings

        from recognizer.registry.bundled_models import register_bundled_models

        register_bundled_models(settings.BUNDLED_MODELS_DIR)


@worker_ready.connect
def on_worker_ready(sender: Consumer, **_: Any) -> None:
    """What is loaded by now stays: the collector need not look at it again and again."""
    if is_recognition_worker(sender.app):
        from workers.recognition.heartbeat import start_heartbeat
        from workers.recognition.model_cache import model_cache

        model_cache.watch()
        start_heartbeat(model_cache)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


def is_recognition_worker(app: Celery) -> bool:
    """Whether this worker answers drawings, or works in the background."""
    return RECOGNITION_QUEUE in app.amqp.queues.consume_from
