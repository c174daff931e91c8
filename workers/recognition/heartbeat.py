"""Says every few seconds that this worker lives, and at once when it serves with another model: a
key of its own, which runs out by itself."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress

import redis

from recognizer.messaging.redis_client import connect_redis
from recognizer.metrics import HEARTBEAT_KEY_PREFIX, HEARTBEAT_TTL_S
from recognizer.registry.worker_status import heartbeat_json
from workers.recognition.model_cache import ModelCache

HEARTBEAT_INTERVAL_S = 5.0
REDIS_TIMEOUT_S = 3.0


def start_heartbeat(engine: ModelCache) -> None:
    changed = threading.Event()
    engine.on_change = changed.set
    threading.Thread(
        target=_run_heartbeat, args=(engine, changed), name="pulse", daemon=True
    ).start()


def _run_heartbeat(engine: ModelCache, changed: threading.Event) -> None:
    key = f"{HEARTBEAT_KEY_PREFIX}{socket.gethostname()}:{os.getpid()}"
    while True:
        changed.clear()
        # A new connection each time: an old one fails once after a restart of the broker.
        with suppress(redis.RedisError), connect_redis(timeout_s=REDIS_TIMEOUT_S) as client:
            client.set(key, _build_heartbeat(engine), ex=HEARTBEAT_TTL_S)
        changed.wait(HEARTBEAT_INTERVAL_S)


def _build_heartbeat(engine: ModelCache) -> str:
    load_error = engine.load_error
    return heartbeat_json(
        serving_ref=engine.serves(),
        ready_refs=engine.ready(),
        failed_ref=load_error.label if load_error else "",
        load_error=load_error.why if load_error else "",
    )
