"""Tells every web process what was stored, and who waits for answers. A message is a hint: whoever
misses one reads the database. Nothing here raises or blocks when Redis is away.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import orjson
from channels.layers import get_channel_layer

from recognizer.db.connections import release_connection
from recognizer.models import Drawing, Status
from recognizer.protocol import Payload

log = logging.getLogger(__name__)

CHANNEL_GROUP = "changes"
SEND_TIMEOUT_S = 3.0
MAX_UNSENT_MESSAGES = 256
RECHECK_INTERVAL_S = 0.25

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DrawingEvent:
    """A stored change of one person; `body` is None when the cursor was taken for nothing."""

    user_id: int
    cursor: int
    body: Payload | None


@dataclass(frozen=True, slots=True)
class EventEnvelope:
    """A change as it travels: `text` is its JSON, still without the cursor, or empty; `answer` a
    decision or `failed` when the drawing `id` has its answer now, or empty."""

    user_id: int
    cursor: int
    id: str
    answer: str
    text: str


def publish_user_events(*, user_id: int, events: Sequence[Payload]) -> None:
    """Tell all sockets of this person; call it with transaction.on_commit."""
    changes = []
    for event in events:
        body = {name: value for name, value in event.items() if name != "cursor"}
        changes.append(DrawingEvent(user_id, event["cursor"], body))
    publish_events(changes)


def publish_events(changes: Iterable[DrawingEvent], *, batch_id: str = "") -> None:
    """One message for a whole group; `group_id` returns its credit to the process that sent it."""
    notices = [_pack_event(change) for change in changes]
    _publish({"type": "changes", "batch": batch_id, "changes": notices})


def publish_sign_out(session_key: str) -> None:
    _publish({"type": "sign_out", "session": session_key})


def publish_side_by_side(*, batch_id: str, messages: Sequence[Payload]) -> None:
    """What the shown models say of a group of drawings; the process that asked knows for whom."""
    texts = [orjson.dumps(message).decode() for message in messages]
    _publish({"type": "side_by_side", "batch": batch_id, "texts": texts})


def subscribe_local(loop: asyncio.AbstractEventLoop, handle: Callable[[Message], None]) -> None:
    """What this process tells reaches `handle` in `loop` at once, without the broker; what comes
    back from there has to be left alone (`is_own`)."""
    _local_subscribers[loop] = handle


def unsubscribe_local(loop: asyncio.AbstractEventLoop) -> None:
    _local_subscribers.pop(loop, None)


def is_from_this_process(message: Message) -> bool:
    return bool(message["from"] == _PROCESS_ID)


def parse_envelopes(message: Message) -> list[EventEnvelope]:
    """The changes in a message; wakes whoever waits for one of their answers."""
    notices = [EventEnvelope(*raw) for raw in message["changes"]]
    for notice in notices:
        if notice.answer:
            for wakeup in tuple(_waiters.get(notice.id, ())):
                wakeup.set()
    return notices


def wait_for_predictions(ids: Sequence[UUID], timeout_s: float) -> None:
    """Return when none of these drawings is queued any more, or when the time is up."""
    deadline = time.monotonic() + timeout_s
    wakeup = threading.Event()
    with _registered_waiter([str(id) for id in ids], wakeup):
        while Drawing.objects.filter(id__in=ids, status=Status.QUEUED, deleted_at=None).exists():
            left = deadline - time.monotonic()
            if left <= 0:
                return
            release_connection()  # the pool is smaller than the number of those who may wait
            wakeup.wait(min(left, RECHECK_INTERVAL_S))
            wakeup.clear()


_PROCESS_ID = uuid4().hex
_local_subscribers: dict[asyncio.AbstractEventLoop, Callable[[Message], None]] = {}


def _publish(message: Message) -> None:
    for loop, handle in tuple(_local_subscribers.items()):
        with suppress(RuntimeError):  # the loop is closed: nobody listens there any more
            loop.call_soon_threadsafe(handle, message)
    _channel_sender.send({**message, "from": _PROCESS_ID})


_waiters: dict[str, set[threading.Event]] = {}
_waiters_lock = threading.Lock()


@contextmanager
def _registered_waiter(ids: Sequence[str], wakeup: threading.Event) -> Iterator[None]:
    with _waiters_lock:
        for id in ids:
            _waiters.setdefault(id, set()).add(wakeup)
    try:
        yield
    finally:
        with _waiters_lock:
            for id in ids:
                _waiters[id].discard(wakeup)
                if not _waiters[id]:
                    del _waiters[id]


def _pack_event(change: DrawingEvent) -> tuple[int, int, str, str, str]:
    body = change.body
    if body is None:
        return change.user_id, change.cursor, "", "", ""
    answer = {"prediction": body.get("decision", ""), "failed": "failed"}.get(body["type"], "")
    text = orjson.dumps(body).decode()
    return change.user_id, change.cursor, body["id"], answer, text


class _ChannelSender:
    """One event loop and one connection for all that this process tells others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unsent = 0
        self._is_connected = True

    def send(self, message: Message) -> None:
        with self._lock:
            if self._unsent >= MAX_UNSENT_MESSAGES:
                return
            self._unsent += 1
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="sender", daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._send(message), self._loop)

    async def _send(self, message: Message) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await get_channel_layer().group_send(CHANNEL_GROUP, message)
            self._is_connected = True
        except Exception as error:  # whatever Redis does, the change is stored and found again
            if self._is_connected:
                log.warning("Messages are not sent, the first for %r", error)
            self._is_connected = False
        finally:
            with self._lock:
                self._unsent -= 1


_channel_sender = _ChannelSender()
