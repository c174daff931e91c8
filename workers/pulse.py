"""Says every few seconds that this worker lives: a key of its own, which runs out by itself."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress

import redis
from django.conf import settings

from recognizer.metrics import PULSE_KEY, PULSE_LASTS_S

EVERY_S = 5.0


def start_pulse() -> None:
    threading.Thread(target=_beat, name="pulse", daemon=True).start()


def _beat() -> None:
    key = f"{PULSE_KEY}{socket.gethostname()}:{os.getpid()}"
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=2)
    while True:
        with suppress(redis.RedisError):  # whoever counts workers cannot ask either
            client.set(key, "1", ex=PULSE_LASTS_S)
        time.sleep(EVERY_S)
