"""Messages to all web processes: stored changes, results of batches, sign-outs.

A message is a hint: after a lost message, the process reads the database.
Nothing here raises or blocks
while Redis is unavailable.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import orjson
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.db import transaction

from recognizer.messaging.channel_layer import CHANNEL_GROUP, load_channel_layer
from recognizer.messaging.message_signing import (
    InvalidSignature,
    read_signed_text,
    sign_text,
)
from recognizer.messaging.prediction_waiter import wake_waiters
from recognizer.protocol import Payload

log = logging.getLogger(__name__)

SEND_TIMEOUT_S = 3.0
MAX_UNSENT_MESSAGES = 256

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DrawingEvent:
    """A stored change of a user's drawing. `body` is None if nothing changed."""

    user_id: int
    cursor: int
    body: Payload | None


@dataclass(frozen=True, slots=True)
class EventEnvelope:
    """An event in a message.

    `text` is its JSON without the cursor, or empty. `result` is a decision, or `failed`, if the
    event ends the recognition of the drawing `id`, else empty.
    """

    user_id: int
    cursor: int
    id: str
    result: str
    text: str


def publish_on_commit(events: Iterable[tuple[int, Payload]]) -> None:
    """Send stored events, each with its user, to all sockets of the users after the current
    transaction. Without a transaction they are sent immediately."""
    changes = []
    for user_id, event in events:
        body = {name: value for name, value in event.items() if name != "cursor"}
        changes.append(DrawingEvent(user_id, event["cursor"], body))
    transaction.on_commit(partial(publish_events, changes))


def publish_events(changes: Iterable[DrawingEvent], *, batch_id: str = "") -> None:
    """Send all events of a batch in one message.

    `batch_id` frees the batch slot of the process that sent the batch to the workers.
    """
    envelopes = [_pack_event(change) for change in changes]
    _publish({"type": "changes", "batch": batch_id, "changes": envelopes})


def publish_sign_out(session_key: str) -> None:
    """Close the sockets of a session."""
    _publish({"type": "sign_out", "session": session_key})


def publish_credentials_changed(user_id: int) -> None:
    """Close the sockets of a user whose session or token has ended."""
    _publish({"type": "credentials_changed", "user": user_id})


def publish_side_by_side(*, batch_id: str, messages: Sequence[Payload]) -> None:
    """Send the results of a side-by-side batch to the process that requested it."""
    texts = [orjson.dumps(message).decode() for message in messages]
    _publish({"type": "side_by_side", "batch": batch_id, "texts": texts})


def subscribe_local(loop: asyncio.AbstractEventLoop, handle: Callable[[Message], None]) -> None:
    """Call `handle` in `loop` for messages of this process, without the broker.

    The broker returns the same messages: ignore those with `is_from_this_process`.
    """
    _local_subscribers[loop] = handle


def unsubscribe_local(loop: asyncio.AbstractEventLoop) -> None:
    _local_subscribers.pop(loop, None)


def is_from_this_process(message: Message) -> bool:
    return bool(message["from"] == _PROCESS_ID)


def parse_envelopes(message: Message) -> list[EventEnvelope]:
    """Return the events of a message, and wake the threads that wait for their predictions."""
    envelopes = [EventEnvelope(*raw) for raw in message["changes"]]
    wake_waiters(envelope.id for envelope in envelopes if envelope.result)
    return envelopes


def encode_message(message: Message) -> Message:
    """Return a signed message for the channel layer."""
    text = sign_text(orjson.dumps(message).decode(), purpose="message")
    return {"type": "signed", "text": text}


def decode_message(encoded: Message) -> Message:
    """Return the message in the result of `encode_message`. Raises InvalidSignature."""
    text = encoded.get("text")
    if not isinstance(text, str):
        raise InvalidSignature("It has no signature.")
    message: Message = orjson.loads(read_signed_text(text, purpose="message"))
    return message


_PROCESS_ID = uuid4().hex
_local_subscribers: dict[asyncio.AbstractEventLoop, Callable[[Message], None]] = {}


def _publish(message: Message) -> None:
    for loop, handle in tuple(_local_subscribers.items()):
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(handle, message)
    _channel_sender.send({**message, "from": _PROCESS_ID})


def _pack_event(change: DrawingEvent) -> tuple[int, int, str, str, str]:
    """Return the fields of an EventEnvelope."""
    body = change.body
    if body is None:
        return change.user_id, change.cursor, "", "", ""
    result = {"prediction": body.get("decision", ""), "failed": "failed"}.get(body["type"], "")
    text = orjson.dumps(body).decode()
    return change.user_id, change.cursor, body["id"], result, text


class _ChannelSender:
    """The event loop and connection that send all messages of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._num_unsent = 0
        self._is_connected = True

    def send(self, message: Message) -> None:
        layer = load_channel_layer()
        with self._lock:
            if self._num_unsent >= MAX_UNSENT_MESSAGES:
                return
            self._num_unsent += 1
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="sender", daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._send(layer, message), self._loop)

    async def _send(self, layer: RedisPubSubChannelLayer, message: Message) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await layer.group_send(CHANNEL_GROUP, encode_message(message))
            self._is_connected = True
        except Exception as error:  # whatever Redis raises: the change is stored and found later
            if self._is_connected:
                log.warning("Cannot send messages, first error: %r", error)
            self._is_connected = False
        finally:
            with self._lock:
                self._num_unsent -= 1


_channel_sender = _ChannelSender()
