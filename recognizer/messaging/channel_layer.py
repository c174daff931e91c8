"""The channel layer and its groups: all web processes of the site, one, or those of a user."""

from __future__ import annotations

from functools import cache

from channels_redis.pubsub import RedisPubSubChannelLayer

from recognizer.messaging.redis_client import redis_options
from recognizer.messaging.redis_keys import redis_key

CHANNEL_GROUP = "changes"
"""All web processes."""


def process_group(process_id: str) -> str:
    return f"process.{process_id}"


def user_group(user_id: int) -> str:
    """Return the group of the web processes with sockets of a user."""
    return f"user.{user_id}"


@cache
def load_channel_layer() -> RedisPubSubChannelLayer:
    """Return the channel layer of this process. The first call may query the database."""
    options = redis_options("layer")
    return RedisPubSubChannelLayer(
        hosts=[{"address": options.pop("url"), **options}], prefix=redis_key("")
    )
