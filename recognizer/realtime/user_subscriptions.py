"""Subscriptions of this process to the events of the users who have sockets here.

Processes with sockets of the same user announce themselves to each other, so that the events of
all other users do not go through Redis:

- A process that gets the first socket of a user subscribes to the user's group and sends `joined`
  to it. Each other process of the group replies with `shared`.
- A process without a reply for a whole interval is the only one. It then sends the user's events
  to its own sockets only, until another `joined` arrives.
- A process without sockets of the user leaves the group with `left`; the others repeat `joined`.

A process that missed an event sends `joined` too, so that lost messages have no lasting effect.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from channels_redis.pubsub import RedisPubSubChannelLayer

from recognizer.messaging import event_publisher
from recognizer.messaging.channel_layer import process_group, user_group
from recognizer.messaging.event_publisher import Message, publish_presence

log = logging.getLogger(__name__)

PRESENCE_MESSAGES = ("joined", "left", "shared")
SUBSCRIBE_TIMEOUT_S = 0.5
"""After it a socket gets its `hello` without a subscription, which is repeated later."""


class UserSubscriptions:
    """The subscriptions of one event loop.

    `exclusive_users` are those who certainly have no sockets in other processes.
    """

    def __init__(
        self,
        *,
        process_id: str = event_publisher.PROCESS_ID,
        exclusive_users: set[int] = event_publisher.exclusive_users,
    ) -> None:
        self._process_id = process_id
        self._layer: RedisPubSubChannelLayer | None = None
        self._channel = ""
        self._users: set[int] = set()
        self._missing: set[int] = set()  # users without a subscription
        self._announced: dict[int, bool] = {}  # and whether a whole interval has begun since
        self._exclusive = exclusive_users
        self._unsent: list[tuple[str, Message]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def connect(self, layer: RedisPubSubChannelLayer, channel: str) -> None:
        """Use a new channel; `update` subscribes it to the groups of all users."""
        self._layer, self._channel = layer, channel
        self._missing = set(self._users)
        self._announced.clear()
        self._exclusive.difference_update(self._users)

    async def add(self, user_id: int) -> None:
        """Subscribe to the events of a user. An unavailable Redis delays it."""
        self._users.add(user_id)
        self._missing.add(user_id)
        await self._subscribe(user_id)

    def remove(self, user_id: int) -> None:
        """End the subscription to the events of a user who has no more sockets here."""
        self._users.discard(user_id)
        self._missing.discard(user_id)
        self._announced.pop(user_id, None)
        if user_id in self._exclusive:
            self._exclusive.discard(user_id)
        else:
            self._send("left", user_id)
        task = asyncio.get_running_loop().create_task(self._unsubscribe(user_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def update(self) -> None:
        """Find the users without sockets in other processes, and repeat missing subscriptions.

        Call it at regular intervals.
        """
        for user_id, has_waited in list(self._announced.items()):
            if has_waited:
                del self._announced[user_id]
                self._exclusive.add(user_id)
            else:
                self._announced[user_id] = True
        for user_id in list(self._missing):
            if not await self._subscribe(user_id):
                return

    def announce(self, user_id: int) -> None:
        """Announce a user to the other processes with sockets of the user, which reply."""
        if user_id in self._users and user_id not in self._missing:
            self._announced[user_id] = False
            self._send("joined", user_id)

    def handle(self, message: Message) -> None:
        """Handle one of PRESENCE_MESSAGES."""
        user_id = message["user"]
        if message["from"] == self._process_id or user_id not in self._users:
            return
        if message["type"] == "left":
            self.announce(user_id)
            return
        self._announced.pop(user_id, None)
        self._exclusive.discard(user_id)
        if message["type"] == "joined":
            self._send("shared", user_id, group=process_group(message["from"]))

    async def _subscribe(self, user_id: int) -> bool:
        """Return whether Redis is available."""
        if self._layer is None:
            return False
        try:
            async with asyncio.timeout(SUBSCRIBE_TIMEOUT_S):
                await self._layer.group_add(user_group(user_id), self._channel)
        except Exception as error:  # Redis, its client and the system each raise their own errors
            log.debug("The events of user %d are not subscribed yet: %r", user_id, error)
            return False
        if user_id in self._missing:
            self._missing.discard(user_id)
            self.announce(user_id)
        elif user_id not in self._users:  # removed in the meantime
            await self._unsubscribe(user_id)
        return True

    async def _unsubscribe(self, user_id: int) -> None:
        with suppress(Exception):  # a subscription too many is harmless
            if self._layer is not None and user_id not in self._users:
                await self._layer.group_discard(user_group(user_id), self._channel)

    def _send(self, kind: str, user_id: int, *, group: str = "") -> None:
        """Send a message together with others of this moment: a thousand clients may reconnect."""
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._send_all)
        self._unsent.append((group or user_group(user_id), {"type": kind, "user": user_id}))

    def _send_all(self) -> None:
        messages, self._unsent = self._unsent, []
        publish_presence(messages, process_id=self._process_id)
