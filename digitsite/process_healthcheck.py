"""Health checks of the processes on this machine, for the launcher and for containers.

`python -m digitsite.process_healthcheck /healthz` (or `/readyz`, or `worker`) exits with 0 if
healthy.
"""

import http.client
import os
import socket
import sys
from contextlib import suppress

import django
import redis
from django.conf import settings
from django.db import DatabaseError

from recognizer.messaging.redis_client import connect_redis
from recognizer.messaging.redis_keys import HEARTBEAT_KEY, redis_key

TIMEOUT_S = 3.0


def is_web_healthy(path: str) -> bool:
    """Return whether the web process of this machine responds to `path` with status 200."""
    connection = http.client.HTTPConnection("127.0.0.1", settings.PORT, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_worker_alive() -> bool:
    """Return whether a recognition worker of this machine sent a heartbeat and still runs."""
    with (
        suppress(redis.RedisError, DatabaseError),
        connect_redis(timeout_s=TIMEOUT_S) as client,
    ):
        prefix = redis_key(f"{HEARTBEAT_KEY}{socket.gethostname()}:")
        keys = [key.decode() for key in client.scan_iter(f"{prefix}*")]
        return any(_is_process_alive(int(key.removeprefix(prefix))) for key in keys)
    return False


def _is_process_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    check = sys.argv[1]
    if check == "worker":
        django.setup()  # the names in Redis contain the site id, which is in the database
    sys.exit(0 if (is_worker_alive() if check == "worker" else is_web_healthy(check)) else 1)
