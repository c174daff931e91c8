"""The channel layer: one group of all web processes of this site."""

from __future__ import annotations

from functools import cache

from channels_redis.pubsub import RedisPubSubChannelLayer

from recognizer.messaging.redis_client import redis_options
from recognizer.messaging.redis_keys import redis_key

CHANNEL_GROUP = "changes"


@cache
def load_channel_layer() -> RedisPubSubChannelLayer:
    """Return the channel layer of this process. The first call may query the database."""
    options = redis_options("layer")
    return RedisPubSubChannelLayer(
        hosts=[{"address": options.pop("url"), **options}], prefix=redis_key("")
    )
