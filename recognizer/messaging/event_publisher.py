"""Messages to web processes: stored changes, results of batches, sign-outs.

Changes reach the web processes with sockets of their user only. The results of a batch go to the
process that sent the batch, which forwards them to others with sockets of the same users
(recognizer.realtime.user_subscriptions).

A message is a hint: after a lost message, the process reads the database. Nothing here raises or
blocks while Redis is unavailable.
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

from recognizer.messaging.channel_layer import (
    CHANNEL_GROUP,
    load_channel_layer,
    process_group,
    user_group,
)
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
MAX_USER_MESSAGES = 128
"""Events of more users are sent to all processes in one message."""

Message = dict[str, Any]
Envelope = tuple[int, int, str, str, str]
"""The fields of an EventEnvelope."""


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


def publish_events(changes: Iterable[DrawingEvent]) -> None:
    """Send events to the sockets of their users, in this process and in others."""
    envelopes = [_pack_event(change) for change in changes]
    _deliver_locally(_changes_message(envelopes))
    forward_envelopes(envelopes)


def publish_results(changes: Iterable[DrawingEvent], *, batch_id: str) -> None:
    """Send the events of a batch to the process that sent the batch to the workers; they free its
    batch slot. Those of a batch of the sweep go to all processes."""
    envelopes = [_pack_event(change) for change in changes]
    _reply(_changes_message(envelopes, batch_id=batch_id))


def forward_envelopes(envelopes: Iterable[Envelope]) -> None:
    """Send events to the other processes with sockets of their users."""
    by_user: dict[int, list[Envelope]] = {}
    for envelope in envelopes:
        if envelope[0] not in exclusive_users:
            by_user.setdefault(envelope[0], []).append(envelope)
    messages = [
        (user_group(user_id), _changes_message(events)) for user_id, events in by_user.items()
    ]
    if len(messages) > MAX_USER_MESSAGES:
        everything = [event for events in by_user.values() for event in events]
        messages = [(CHANNEL_GROUP, _changes_message(everything))]
    _send_all(messages)


def publish_sign_out(session_key: str) -> None:
    """Close the sockets of a session."""
    _publish_to_all({"type": "sign_out", "session": session_key})


def publish_credentials_changed(user_id: int) -> None:
    """Close the sockets of a user whose session or token has ended."""
    _publish_to_all({"type": "credentials_changed", "user": user_id})


def publish_side_by_side(*, batch_id: str, messages: Sequence[Payload]) -> None:
    """Send the results of a side-by-side batch to the process that requested it."""
    texts = [orjson.dumps(message).decode() for message in messages]
    _reply({"type": "side_by_side", "batch": batch_id, "texts": texts})


def publish_presence(messages: Sequence[tuple[str, Message]], *, process_id: str) -> None:
    """Send messages of recognizer.realtime.user_subscriptions, each to a group."""
    _send_all(messages, process_id=process_id)


def create_batch_id() -> str:
    """Return an id of a batch whose results come back to this process."""
    return f"{PROCESS_ID}.{uuid4().hex}"


def subscribe_local(loop: asyncio.AbstractEventLoop, handle: Callable[[Message], None]) -> None:
    """Call `handle` in `loop` for messages of this process, without the broker.

    The broker may return the same messages: ignore those with `is_from_this_process`.
    """
    _local_subscribers[loop] = handle


def unsubscribe_local(loop: asyncio.AbstractEventLoop) -> None:
    _local_subscribers.pop(loop, None)


def is_from_this_process(message: Message) -> bool:
    return bool(message["from"] == PROCESS_ID)


def is_batch_of_this_process(batch_id: str) -> bool:
    return batch_id.startswith(f"{PROCESS_ID}.")


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


PROCESS_ID = uuid4().hex

exclusive_users: set[int] = set()
"""Users who have sockets in this process and in no other."""

_local_subscribers: dict[asyncio.AbstractEventLoop, Callable[[Message], None]] = {}


def _changes_message(envelopes: Sequence[Envelope], *, batch_id: str = "") -> Message:
    return {"type": "changes", "batch": batch_id, "changes": envelopes}


def _reply(message: Message) -> None:
    """Send a message to the process of its batch."""
    process_id, has_process, _ = message["batch"].partition(".")
    if process_id == PROCESS_ID:
        _deliver_locally(message)
    else:
        _send_all([(process_group(process_id) if has_process else CHANNEL_GROUP, message)])


def _publish_to_all(message: Message) -> None:
    _deliver_locally(message)
    _send_all([(CHANNEL_GROUP, message)])


def _deliver_locally(message: Message) -> None:
    for loop, handle in tuple(_local_subscribers.items()):
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(handle, message)


def _send_all(messages: Sequence[tuple[str, Message]], *, process_id: str = PROCESS_ID) -> None:
    if messages:
        _channel_sender.send([(group, {**one, "from": process_id}) for group, one in messages])


def _pack_event(change: DrawingEvent) -> Envelope:
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

    def send(self, messages: Sequence[tuple[str, Message]]) -> None:
        """Send messages, each to a group."""
        layer = load_channel_layer()
        with self._lock:
            if self._num_unsent >= MAX_UNSENT_MESSAGES:
                return
            self._num_unsent += 1
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="sender", daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._send(layer, messages), self._loop)

    async def _send(
        self, layer: RedisPubSubChannelLayer, messages: Sequence[tuple[str, Message]]
    ) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                for group, message in messages:
                    await layer.group_send(group, encode_message(message))
            self._is_connected = True
        except Exception as error:  # whatever Redis raises: the change is stored and found later
            if self._is_connected:
                log.warning("Cannot send messages, first error: %r", error)
            self._is_connected = False
        finally:
            with self._lock:
                self._num_unsent -= 1


_channel_sender = _ChannelSender()
