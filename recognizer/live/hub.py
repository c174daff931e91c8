"""Brings stored changes to the sockets of this process, and keeps the sockets level with the
database: what a lost message did not tell is read there within two seconds.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial
from weakref import WeakKeyDictionary

import orjson
from django.conf import settings

from recognizer import intake
from recognizer.changes import read_changes, read_cursors
from recognizer.contract import hello_message, resumed_message
from recognizer.delivery import Message, Notice, read_notices
from recognizer.live.database import DatabaseIsAway, ask_database
from recognizer.live.identity import Identity, find_valid
from recognizer.live.limits import limits_json
from recognizer.live.listener import listen
from recognizer.live.socket import Socket
from recognizer.metrics import ANSWERS, SOCKETS

log = logging.getLogger(__name__)

LEVEL_EVERY_S = 1.0
STALL_EVERY_S = 2.0


@dataclass(eq=False, slots=True)
class Person:
    """Somebody with sockets here. Up to `level` nothing is missing; `ahead` holds later cursors
    that overtook one which has not come yet. None until the first cursor is known."""

    level: int | None = None
    ahead: set[int] = field(default_factory=set)
    stored: int = 0  # the cursor in the database, a moment ago
    sockets: set[Socket] = field(default_factory=set)
    waiting: dict[Socket, list[Notice]] = field(default_factory=dict)  # not greeted yet

    def note(self, cursor: int) -> int:
        """A change came; returns the cursor from which it is safe to resume."""
        self.ahead.add(cursor)
        return self.rise(self.level or 0)

    def rise(self, level: int) -> int:
        while level + 1 in self.ahead:
            level += 1
        if self.level is not None:
            self.level = max(self.level, level)
            self.ahead = {cursor for cursor in self.ahead if cursor > self.level}
            return self.level
        return level


class Hub:
    """For one event loop."""

    def __init__(self) -> None:
        self._people: dict[int, Person] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        if not self._tasks:
            jobs = (listen(self._handle), self._level(), self._recheck(), self._drop_stalled())
            self._tasks = [asyncio.get_running_loop().create_task(job) for job in jobs]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def join(self, socket: Socket, user_id: int) -> None:
        """From now on changes are kept for this socket; `greet` hands them over."""
        self.start()
        self._people.setdefault(user_id, Person()).waiting[socket] = []
        SOCKETS.inc()

    def is_full(self, user_id: int) -> bool:
        """Whether this person has as many sockets here as one may have."""
        person = self._people.get(user_id)
        held = len(person.sockets) + len(person.waiting) if person else 0
        return held >= settings.SOCKETS_PER_USER

    def greet(self, socket: Socket, user_id: int, *, cursor: int) -> None:
        person = self._people[user_id]
        if person.level is None:
            person.level = person.stored = cursor
            person.rise(cursor)
        socket.put(hello_message(cursor=cursor, limits=limits_json()))
        person.sockets.add(socket)
        for notice in person.waiting.pop(socket):
            socket.put_text(_frame(notice.text, person.level))

    def leave(self, socket: Socket, user_id: int) -> None:
        person = self._people[user_id]
        person.sockets.discard(socket)
        person.waiting.pop(socket, None)
        if not person.sockets and not person.waiting:
            del self._people[user_id]
        SOCKETS.dec()

    def _handle(self, message: Message) -> None:
        if message["type"] == "sign_out":
            self._close_session(message["session"])
            return
        for notice in read_notices(message):
            if notice.answer:
                ANSWERS.labels(notice.answer).inc()
            person = self._people.get(notice.user_id)
            if person is not None:
                _deliver(person, notice)
        if message["group"]:
            intake.return_credit(message["group"])

    async def _level(self) -> None:
        while True:
            await asyncio.sleep(LEVEL_EVERY_S)
            try:
                await self._level_once()
            except DatabaseIsAway as error:
                log.warning("Sockets are not compared with the database: %s", error)

    async def _level_once(self) -> None:
        people = {id: person for id, person in self._people.items() if person.level is not None}
        if not people:
            return
        stored = await ask_database(partial(read_cursors, list(people)))
        for user_id, person in people.items():
            # What was stored a period ago should have come by now.
            if person.level is not None and person.level < person.stored:
                await _catch_up(user_id, person)
            person.stored = stored.get(user_id, 0)

    async def _recheck(self) -> None:
        """Close the sockets of people who are signed out, whose token ran out, who are gone."""
        while True:
            await asyncio.sleep(settings.SOCKETS_RECHECKED_EVERY_S)
            sockets = [socket for person in self._people.values() for socket in person.sockets]
            identities = {socket.identity for socket in sockets if socket.identity}
            try:
                valid = await ask_database(partial(find_valid, identities))
            except DatabaseIsAway:
                continue
            for socket in sockets:
                if socket.identity not in valid:
                    socket.close(4401)

    async def _drop_stalled(self) -> None:
        while True:
            await asyncio.sleep(STALL_EVERY_S)
            for person in list(self._people.values()):
                for socket in [socket for socket in person.sockets if socket.is_stalled()]:
                    socket.abort()

    def _close_session(self, session_key: str) -> None:
        for person in self._people.values():
            for socket in (*person.sockets, *person.waiting):
                identity: Identity | None = socket.identity
                if identity and session_key and identity.session_key == session_key:
                    socket.close(4401)


def _deliver(person: Person, notice: Notice) -> None:
    cursor = person.note(notice.cursor)
    if not notice.text:
        return
    if person.sockets:
        text = _frame(notice.text, cursor)
        for socket in person.sockets:
            socket.put_text(text)
    for waiting in person.waiting.values():
        waiting.append(notice)


async def _catch_up(user_id: int, person: Person) -> None:
    """Read from the database what messages did not bring."""
    changes = await ask_database(partial(read_changes, user_id=user_id, since=person.level or 0))
    texts = [orjson.dumps(event).decode() for event in changes.events]
    if not changes.is_complete:
        texts = [orjson.dumps(resumed_message(cursor=changes.cursor, complete=False)).decode()]
    for text in texts:
        for socket in person.sockets:
            socket.put_text(text)
    person.rise(changes.cursor)


def _frame(text: str, cursor: int) -> str:
    """Sockets get the cursor from which they miss nothing, which may lag behind the change's."""
    return f'{text[:-1]},"cursor":{cursor}}}'


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def this_hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    return _hubs.setdefault(loop, Hub())
