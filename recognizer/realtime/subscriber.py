"""Hears what other processes announce, and comes back when the broker does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from channels.layers import get_channel_layer

from recognizer.messaging.event_publisher import CHANNEL_GROUP, Message

log = logging.getLogger(__name__)

SUBSCRIBE_TIMEOUT_S = 5.0
RETRY_INTERVAL_S = 0.5


async def run_subscriber(handle: Callable[[Message], None]) -> None:
    """For ever. Once subscribed, the layer itself reconnects and subscribes again."""
    layer = get_channel_layer()
    while True:
        try:
            async with asyncio.timeout(SUBSCRIBE_TIMEOUT_S):
                channel = await layer.new_channel()
                await layer.group_add(CHANNEL_GROUP, channel)
            while True:
                handle(await layer.receive(channel))
        except Exception as error:  # Redis, its client and the system each raise their own
            log.warning("Announcements are not heard: %r", error)
            with suppress(Exception):  # what is broken cannot be closed in order
                await layer.flush()
            await asyncio.sleep(RETRY_INTERVAL_S)
