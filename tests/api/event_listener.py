"""Listener for websocket events, over the real broker like a web process."""

import asyncio
import json
import threading
import time
from contextlib import suppress
from typing import Any

from recognizer.messaging.channel_layer import load_channel_layer, user_group
from recognizer.messaging.event_publisher import decode_message
from tests.fixtures.deadlines import deadline


class EventListener:
    """Collects (user id, event) of a user in a thread with its own event loop."""

    def __init__(self, user_id: int) -> None:
        self._group = user_group(user_id)
        self.received: list[tuple[int, dict[str, Any]]] = []
        self._layer = load_channel_layer.__wrapped__()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(deadline(10))

    def events(self, count: int, within_s: float = 5) -> list[tuple[int, dict[str, Any]]]:
        """Wait for the first `count` events and return them."""
        until = time.monotonic() + deadline(within_s)
        while len(self.received) < count and time.monotonic() < until:
            time.sleep(0.005)
        return self.received

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(deadline(10))
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self._listen())
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)

    async def _listen(self) -> None:
        layer = self._layer
        channel = await layer.new_channel()
        await layer.group_add(self._group, channel)
        self._ready.set()
        try:
            while True:
                message = decode_message(await layer.receive(channel))
                for user_id, cursor, _, _, text in message["changes"]:
                    self.received.append((user_id, {**json.loads(text or "{}"), "cursor": cursor}))
        finally:
            await layer.group_discard(self._group, channel)
            await layer.flush()
