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

from recognizer import ingest, rate_limits
from recognizer.db.async_queries import DatabaseUnavailable, run_query
from recognizer.drawings.changes import ChangeSet, load_changes, load_cursor, load_cursors
from recognizer.messaging.event_publisher import (
    Message,
    is_from_this_process,
    parse_envelopes,
    subscribe_local,
    unsubscribe_local,
)
from recognizer.metrics import PREDICTIONS, SOCKETS
from recognizer.protocol import hello_message
from recognizer.realtime.authentication import find_valid_identities
from recognizer.realtime.client_messages import limits_json
from recognizer.realtime.connection import ClientConnection
from recognizer.realtime.subscriber import run_subscriber
from recognizer.realtime.user_connections import UserConnections
from recognizer.side_by_side import SideBySideBatcher

log = logging.getLogger(__name__)

SYNC_INTERVAL_S = 1.0
STALL_CHECK_INTERVAL_S = 2.0


class Hub:
    """For one event loop."""

    def __init__(self) -> None:
        self.beside = SideBySideBatcher()
        self._people: dict[int, UserConnections] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        if not self._tasks:
            subscribe_local(asyncio.get_running_loop(), self._handle)
            jobs = (
                run_subscriber(self._handle_remote),
                self._run_sync(),
                self._run_auth_check(),
                self._run_stall_check(),
            )
            self._tasks = [asyncio.get_running_loop().create_task(job) for job in jobs]

    async def stop(self) -> None:
        unsubscribe_local(asyncio.get_running_loop())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def join(self, socket: ClientConnection, user_id: int) -> None:
        """Greet the socket; from now on it is told every change. Raises DatabaseIsAway."""
        self.start()
        person = self._people.setdefault(user_id, UserConnections())
        person.waiting[socket] = []
        SOCKETS.inc()
        cursor = await run_query(partial(load_cursor, user_id))
        while person.level is not None and cursor < person.level:
            # Others were told more while we asked; what lies between would never come here.
            cursor = await run_query(partial(load_cursor, user_id))
        socket.put(hello_message(cursor=cursor, limits=limits_json()))
        person.greet(socket, cursor)

    def is_full(self, user_id: int) -> bool:
        """Whether this person has as many sockets here as one may have."""
        person = self._people.get(user_id)
        held = len(person.sockets) + len(person.waiting) if person else 0
        return held >= settings.MAX_SOCKETS_PER_USER

    async def resume(self, socket: ClientConnection, user_id: int, *, since: int) -> None:
        """Tell a socket what it missed while it was away; that it has to read the lists anew when
        this person was told too much just now. Raises DatabaseIsAway."""
        if rate_limits.can_resume(user_id):
            changes = await run_query(partial(load_changes, user_id=user_id, since=since))
            rate_limits.consume_resumes(user_id, len(changes.drawings))
        else:
            cursor = await run_query(partial(load_cursor, user_id))
            changes = ChangeSet(cursor, [], is_complete=False)
        self._people[user_id].resume(socket, changes)

    def leave(self, socket: ClientConnection, user_id: int) -> None:
        person = self._people[user_id]
        person.sockets.discard(socket)
        person.waiting.pop(socket, None)
        self.beside.forget(socket)
        if not person.sockets and not person.waiting:
            del self._people[user_id]
        SOCKETS.dec()

    def _handle_remote(self, message: Message) -> None:
        if not is_from_this_process(message):
            self._handle(message)

    def _handle(self, message: Message) -> None:
        if message["type"] == "sign_out":
            self._close_session(message["session"])
            return
        if message["type"] == "side_by_side":
            self.beside.hear(message["batch"], message["texts"])
            return
        notices = parse_envelopes(message)
        for answer, count in Counter(notice.answer for notice in notices).items():
            if answer:
                PREDICTIONS.labels(answer).inc(count)
        for notice in notices:
            person = self._people.get(notice.user_id)
            if person is not None:
                person.deliver(notice)
        if message["batch"]:
            ingest.release_batch_slot(message["batch"])

    async def _run_sync(self) -> None:
        while True:
            await asyncio.sleep(SYNC_INTERVAL_S)
            try:
                await self._sync_once()
            except DatabaseUnavailable as error:
                log.warning("Sockets are not compared with the database: %s", error)

    async def _sync_once(self) -> None:
        people = {id: person for id, person in self._people.items() if person.level is not None}
        if not people:
            return
        stored = await run_query(partial(load_cursors, list(people)))
        for user_id, person in people.items():
            if person.is_out_of_sync:
                read = partial(load_changes, user_id=user_id, since=person.level or 0)
                person.send_missed(await run_query(read))
            person.stored = stored.get(user_id, 0)

    async def _run_auth_check(self) -> None:
        """Close the sockets of people who are signed out, whose token ran out, who are gone."""
        while True:
            await asyncio.sleep(settings.SOCKET_AUTH_INTERVAL_S)
            sockets = [socket for person in self._people.values() for socket in person.sockets]
            identities = {socket.identity for socket in sockets if socket.identity}
            try:
                valid = await run_query(partial(find_valid_identities, identities))
            except DatabaseUnavailable:
                continue
            for socket in sockets:
                if socket.identity not in valid:
                    socket.close(4401)

    async def _run_stall_check(self) -> None:
        while True:
            await asyncio.sleep(STALL_CHECK_INTERVAL_S)
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


def get_hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    return _hubs.setdefault(loop, Hub())
