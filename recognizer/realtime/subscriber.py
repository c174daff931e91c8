"""The subscription to messages of other processes: to all web processes, and to this one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from channels_redis.pubsub import RedisPubSubChannelLayer

from recognizer.db.query_thread_pool import run_query
from recognizer.messaging.channel_layer import CHANNEL_GROUP, load_channel_layer, process_group
from recognizer.messaging.event_publisher import PROCESS_ID, Message, decode_message
from recognizer.messaging.message_signing import InvalidSignature

log = logging.getLogger(__name__)

SUBSCRIBE_TIMEOUT_S = 5.0
RETRY_INTERVAL_S = 0.5


async def run_subscriber(
    handle: Callable[[Message], None],
    connect: Callable[[RedisPubSubChannelLayer, str], None],
) -> None:
    """Call `handle` for each message, forever, and `connect` with each new channel."""
    while True:
        try:
            await _receive_messages(await run_query(load_channel_layer), handle, connect)
        except Exception as error:  # Redis, its client and the system each raise their own errors
            log.warning("Cannot receive messages: %r", error)
            await asyncio.sleep(RETRY_INTERVAL_S)


async def _receive_messages(
    layer: RedisPubSubChannelLayer,
    handle: Callable[[Message], None],
    connect: Callable[[RedisPubSubChannelLayer, str], None],
) -> None:
    """Once subscribed, the channel layer itself reconnects and subscribes again."""
    try:
        async with asyncio.timeout(SUBSCRIBE_TIMEOUT_S):
            channel = await layer.new_channel()
            for group in (CHANNEL_GROUP, process_group(PROCESS_ID)):
                await layer.group_add(group, channel)
        connect(layer, channel)
        while True:
            encoded = await layer.receive(channel)
            try:
                message = decode_message(encoded)
            except InvalidSignature as error:
                log.warning("Ignored a message: %s", error)
            else:
                handle(message)
    except Exception:
        with suppress(Exception):  # closing a broken connection may fail
            await layer.flush()
        raise
