"""Brings stored changes to the sockets of this process, and keeps the sockets level with the
database: what a lost message did not tell is read there within two seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from functools import partial
from weakref import WeakKeyDictionary

from django.conf import settings

from recognizer import intake, limits
from recognizer.beside import Asker
from recognizer.changes import Changes, read_changes, read_cursor, read_cursors
from recognizer.contract import hello_message
from recognizer.delivery import Message, hear_here, hear_no_more, is_own, read_notices
from recognizer.live.database import DatabaseIsAway, ask_database
from recognizer.live.identity import find_valid
from recognizer.live.limits import limits_json
from recognizer.live.listener import listen
from recognizer.live.person import Person
from recognizer.live.socket import Socket
from recognizer.metrics import ANSWERS, SOCKETS

log = logging.getLogger(__name__)

LEVEL_EVERY_S = 1.0
STALL_EVERY_S = 2.0


class Hub:
    """For one event loop."""

    def __init__(self) -> None:
        self.beside = Asker()
        self._people: dict[int, Person] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        if not self._tasks:
            hear_here(asyncio.get_running_loop(), self._handle)
            jobs = (
                listen(self._handle_heard),
                self._level(),
                self._recheck(),
                self._drop_stalled(),
            )
            self._tasks = [asyncio.get_running_loop().create_task(job) for job in jobs]

    async def stop(self) -> None:
        hear_no_more(asyncio.get_running_loop())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def join(self, socket: Socket, user_id: int) -> None:
        """Greet the socket; from now on it is told every change. Raises DatabaseIsAway."""
        self.start()
        person = self._people.setdefault(user_id, Person())
        person.waiting[socket] = []
        SOCKETS.inc()
        cursor = await ask_database(partial(read_cursor, user_id))
        while person.level is not None and cursor < person.level:
            # Others were told more while we asked; what lies between would never come here.
            cursor = await ask_database(partial(read_cursor, user_id))
        socket.put(hello_message(cursor=cursor, limits=limits_json()))
        person.greet(socket, cursor)

    def is_full(self, user_id: int) -> bool:
        """Whether this person has as many sockets here as one may have."""
        person = self._people.get(user_id)
        held = len(person.sockets) + len(person.waiting) if person else 0
        return held >= settings.SOCKETS_PER_USER

    async def resume(self, socket: Socket, user_id: int, *, since: int) -> None:
        """Tell a socket what it missed while it was away; that it has to read the lists anew when
        this person was told too much just now. Raises DatabaseIsAway."""
        if limits.may_resume(user_id):
            changes = await ask_database(partial(read_changes, user_id=user_id, since=since))
            limits.count_resumed(user_id, len(changes.drawings))
        else:
            cursor = await ask_database(partial(read_cursor, user_id))
            changes = Changes(cursor, [], is_complete=False)
        self._people[user_id].resume(socket, changes)

    def leave(self, socket: Socket, user_id: int) -> None:
        person = self._people[user_id]
        person.sockets.discard(socket)
        person.waiting.pop(socket, None)
        self.beside.forget(socket)
        if not person.sockets and not person.waiting:
            del self._people[user_id]
        SOCKETS.dec()

    def _handle_heard(self, message: Message) -> None:
        if not is_own(message):
            self._handle(message)

    def _handle(self, message: Message) -> None:
        if message["type"] == "sign_out":
            self._close_session(message["session"])
            return
        if message["type"] == "side_by_side":
            self.beside.hear(message["batch"], message["texts"])
            return
        notices = read_notices(message)
        for answer, count in Counter(notice.answer for notice in notices).items():
            if answer:
                ANSWERS.labels(answer).inc(count)
        for notice in notices:
            person = self._people.get(notice.user_id)
            if person is not None:
                person.deliver(notice)
        if message["batch"]:
            intake.return_credit(message["batch"])

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
            if person.is_behind:
                read = partial(read_changes, user_id=user_id, since=person.level or 0)
                person.catch_up(await ask_database(read))
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
                identity = socket.identity
                if identity and session_key and identity.session_key == session_key:
                    socket.close(4401)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def this_hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    return _hubs.setdefault(loop, Hub())
