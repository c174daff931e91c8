"""Heartbeat of a recognition worker: a Redis key that expires without renewal.

It is renewed every few seconds, and immediately when the worker's models change.
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress

import redis

from recognizer.messaging.redis_client import connect_redis
from recognizer.messaging.redis_keys import HEARTBEAT_KEY, HEARTBEAT_TTL_S, redis_key
from recognizer.registry.worker_status import heartbeat_json
from workers.recognition.model_cache import ModelCache

HEARTBEAT_INTERVAL_S = 5.0
REDIS_TIMEOUT_S = 3.0


def start_heartbeat(model_cache: ModelCache) -> None:
    changed = threading.Event()
    model_cache.on_change = changed.set
    arguments = (model_cache, changed)
    threading.Thread(target=_run_heartbeat, args=arguments, name="heartbeat", daemon=True).start()


def _run_heartbeat(model_cache: ModelCache, changed: threading.Event) -> None:
    key = redis_key(f"{HEARTBEAT_KEY}{socket.gethostname()}:{os.getpid()}")
    while True:
        changed.clear()
        # A new connection each time: an old one fails once after a restart of the broker.
        with suppress(redis.RedisError), connect_redis(timeout_s=REDIS_TIMEOUT_S) as client:
            client.set(key, _build_heartbeat(model_cache), ex=HEARTBEAT_TTL_S)
        changed.wait(HEARTBEAT_INTERVAL_S)


def _build_heartbeat(model_cache: ModelCache) -> str:
    load_error = model_cache.load_error
    return heartbeat_json(
        serving_ref=model_cache.champion_ref(),
        ready_refs=model_cache.loaded_refs(),
        failed_ref=load_error.ref if load_error else "",
        load_error=load_error.reason if load_error else "",
    )
