"""The factory of Redis clients. Every client has timeouts and does not retry."""

from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

DEFAULT_TIMEOUT_S = 1.0

NO_RETRY = Retry(NoBackoff(), 0)
"""Without it redis-py sleeps and retries before it reports an unavailable server."""


def redis_options() -> dict[str, Any]:
    """Return `url` and the TLS options of REDIS_URL, for every client library alike."""
    return {"url": settings.REDIS_URL, **settings.REDIS_TLS}


def connect_redis(
    *, url: str = "", timeout_s: float = DEFAULT_TIMEOUT_S, decode: bool = False
) -> redis.Redis:
    """Return a client of the server at `url`, by default REDIS_URL. `decode` returns str values.

    Connecting and each command take at most `timeout_s` seconds, then raise redis.RedisError.
    """
    options = {"url": url} if url else redis_options()
    return redis.Redis.from_url(
        **options,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=NO_RETRY,
        decode_responses=decode,
    )
