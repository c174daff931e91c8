"""Says every few seconds that this worker lives, and at once when it serves with another model: a
key of its own, which runs out by itself."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress

import redis
from django.conf import settings

from recognizer.metrics import PULSE_KEY, PULSE_LASTS_S
from recognizer.registry.readiness import pulse_json
from workers.engine import Engine

EVERY_S = 5.0


def start_pulse(engine: Engine) -> None:
    changed = threading.Event()
    engine.on_change = changed.set
    threading.Thread(target=_beat, args=(engine, changed), name="pulse", daemon=True).start()


def _beat(engine: Engine, changed: threading.Event) -> None:
    key = f"{PULSE_KEY}{socket.gethostname()}:{os.getpid()}"
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=2)
    while True:
        changed.clear()
        with suppress(redis.RedisError):  # whoever counts workers cannot ask either
            client.set(key, _say(engine), ex=PULSE_LASTS_S)
        changed.wait(EVERY_S)


def _say(engine: Engine) -> str:
    trouble = engine.trouble
    return pulse_json(
        serves=engine.serves(),
        ready=engine.ready(),
        cannot_load=trouble.label if trouble else "",
        why=trouble.why if trouble else "",
    )
