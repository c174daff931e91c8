"""Names of the site in Redis. They have a prefix, so that several sites can share a server."""

from __future__ import annotations

from functools import cache

HEARTBEAT_KEY = "worker:"
"""Start of the names of heartbeats of workers."""
HEARTBEAT_TTL_S = 15


def redis_key(name: str) -> str:
    """Return the name of a key or channel with the prefix of this site."""
    return f"digitsite:{_load_site_id()}:{name}"


@cache
def _load_site_id() -> str:
    from recognizer.models import SiteIdentity  # models load after the app registry

    return SiteIdentity.load().site_id
