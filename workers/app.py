"""The Celery application of the recognition worker and the background worker.

Each device has one process with a solo pool. `-Q recognition` starts a recognition worker,
`-Q recognition_heavy` one for pictures and long ink, and
`-Q side_by_side,explain,shadow,training,evaluation` a background worker (docs/deploy.md has the
flags).
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from typing import Any

import django
from celery import Celery
from celery.signals import beat_init, celeryd_after_setup, worker_init, worker_ready
from celery.worker import WorkController
from celery.worker.consumer import Consumer
from kombu import Connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
# On two busy cores, two threads of one computation take ten times as long as one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
django.setup()

from recognizer.messaging.celery_task_sender import (  # noqa: E402 - after django.setup()
    broker_config,
    set_key_prefix,
)
from recognizer.protocol import (  # noqa: E402 - after django.setup()
    HEAVY_RECOGNITION_QUEUE,
    RECOGNITION_QUEUE,
)


class FastReconnectConsumer(Consumer):
    """Consumer that reconnects within a second. Celery's own waits 2, 4, 6 … up to 30 s."""

    def ensure_connected(self, conn: Connection) -> Connection:
        ensure_connection = conn.ensure_connection

        def ensure_fast(*args: Any, **kwargs: Any) -> Connection:
            steps = {"interval_start": 0.2, "interval_step": 0.2, "interval_max": 1}
            return ensure_connection(*args, **{**kwargs, **steps})

        conn.ensure_connection = ensure_fast  # type: ignore[method-assign]
        return super().ensure_connected(conn)


# Without Celery's Django fixup the database connection stays open between tasks.
app = Celery("digitsite", fixups=[])
app.conf.update(
    broker_config(),
    include=[
        "workers.recognition.recognize_task",
        "workers.training.start_training_process_task",
        "workers.training.scheduled_run_task",
        "workers.comparison.check_import_task",
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
    # In a failover a replica refuses commands for a moment (ReadOnlyError), which would end the
    # worker without this option.
    broker_channel_error_retry=True,
    task_acks_late=True,
    task_reject_on_worker_lost=False,
    beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
)


@worker_init.connect
@beat_init.connect
def use_queues_of_site(**_: Any) -> None:
    """Give the queues the prefix of this site, or end with the reason: Celery ignores exceptions
    here, and would read the queues of no site."""
    from recognizer.messaging.site_claim import join_site

    try:
        join_site()
        set_key_prefix(app)
    except Exception as error:  # whatever it is, the process cannot work
        sys.exit(f"ERROR {error}")


@worker_init.connect
def silence_loggers(**_: Any) -> None:
    for name in ("celery.app.trace", "celery.worker.strategy"):  # these log two lines per task
        logging.getLogger(name).setLevel(logging.WARNING)


@celeryd_after_setup.connect
def prepare_worker(instance: WorkController, **_: Any) -> None:
    """Load the champion before the first task, which would otherwise wait for it.

    A background worker registers the bundled models instead.
    """
    if serves(instance.app, RECOGNITION_QUEUE, HEAVY_RECOGNITION_QUEUE):
        from workers.recognition.model_cache import model_cache

        model_cache.load_champion()
    else:
        from django.conf import settings

        from recognizer.registry.bundled_model_registration import register_bundled_models

        register_bundled_models(settings.BUNDLED_MODELS_DIR)


@worker_ready.connect
def on_worker_ready(sender: Consumer, **_: Any) -> None:
    """Start the threads, and exclude the loaded objects from garbage collection.

    A worker of heavy drawings queries the champion with each batch instead: an idle one costs
    nothing, and its users can wait for the loading of a model.
    """
    if serves(sender.app, RECOGNITION_QUEUE):
        from workers.recognition.heartbeat import start_heartbeat
        from workers.recognition.model_cache import model_cache

        model_cache.start_refresh_thread()
        start_heartbeat(model_cache)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


def serves(app: Celery, *queues: str) -> bool:
    """Return whether this worker serves one of the queues."""
    return any(queue in app.amqp.queues.consume_from for queue in queues)
