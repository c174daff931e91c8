"""The factory of Redis clients. Every client has timeouts and does not retry.

A site may have up to three servers: for tasks (QUEUE_URL), for messages between processes
(LAYER_URL), and for everything else (REDIS_URL), which the others default to.
"""

from typing import Any, Literal

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

DEFAULT_TIMEOUT_S = 1.0

NO_RETRY = Retry(NoBackoff(), 0)
"""Without it redis-py sleeps and retries before it reports an unavailable server."""


Use = Literal["keys", "queue", "layer"]
USES: tuple[Use, ...] = ("keys", "queue", "layer")


def redis_options(use: Use = "keys") -> dict[str, Any]:
    """Return `url` and the TLS options of a server, for every client library alike."""
    if use == "queue" and settings.QUEUE_URL:
        return {"url": settings.QUEUE_URL, **settings.QUEUE_TLS}
    if use == "layer" and settings.LAYER_URL:
        return {"url": settings.LAYER_URL, **settings.LAYER_TLS}
    return {"url": settings.REDIS_URL, **settings.REDIS_TLS}


def list_servers() -> list[Use]:
    """Return one use of each server of the site."""
    return list({redis_options(use)["url"]: use for use in reversed(USES)}.values())


def connect_redis(
    *,
    use: Use = "keys",
    url: str = "",
    timeout_s: float = DEFAULT_TIMEOUT_S,
    decode: bool = False,
) -> redis.Redis:
    """Return a client of the server for a use, or at `url`. `decode` returns str values.

    Connecting and each command take at most `timeout_s` seconds, then raise redis.RedisError.
    """
    options = {"url": url} if url else redis_options(use)
    return redis.Redis.from_url(
        **options,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=NO_RETRY,
        decode_responses=decode,
    )
