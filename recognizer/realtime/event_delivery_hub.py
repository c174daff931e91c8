"""Delivery of stored changes to the sockets of this process.

Messages may be lost. The hub compares its sockets with the database every second, and sends what
they missed within two seconds.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from functools import partial
from weakref import WeakKeyDictionary

import orjson
from django.conf import settings

from recognizer import ingest, rate_limits
from recognizer.db.query_thread_pool import DatabaseUnavailable, run_query
from recognizer.drawings.changes_since_cursor import (
    ChangeSet,
    FeedPosition,
    load_changes,
    load_position,
    load_positions,
)
from recognizer.messaging.event_publisher import (
    EventEnvelope,
    Message,
    forward_envelopes,
    is_batch_of_this_process,
    is_from_this_process,
    parse_envelopes,
    subscribe_local,
    unsubscribe_local,
)
from recognizer.prometheus_metrics import PREDICTIONS, SOCKETS
from recognizer.protocol import ChampionPayload, champion_message, hello_message
from recognizer.realtime.authentication import Identity, find_valid_identities
from recognizer.realtime.client_message_parser import limits_json
from recognizer.realtime.subscriber import run_subscriber
from recognizer.realtime.user_connections import UserConnections
from recognizer.realtime.user_subscriptions import PRESENCE_MESSAGES, UserSubscriptions
from recognizer.realtime.websocket_connection import ClientConnection
from recognizer.registry.browser_bundles import load_champion_json
from recognizer.side_by_side.request_batcher import SideBySideBatcher
from recognizer.trace_log import is_traced, trace

SYNC_INTERVAL_S = 1.0
SUBSCRIPTION_UPDATE_INTERVAL_S = 1.0
STALL_CHECK_INTERVAL_S = 2.0


class Hub:
    """The sockets of one event loop, by user."""

    def __init__(self) -> None:
        self.side_by_side = SideBySideBatcher()
        self._users: dict[int, UserConnections] = {}
        self._subscriptions = UserSubscriptions()
        self._tasks: list[asyncio.Task[None]] = []
        self._auth_checks: set[asyncio.Task[None]] = set()
        self._champion: ChampionPayload | None = None

    def start(self) -> None:
        if not self._tasks:
            subscribe_local(asyncio.get_running_loop(), self._handle)
            jobs = (
                run_subscriber(self._handle_remote, self._subscriptions.connect),
                self._run_sync(),
                self._run_subscription_update(),
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

    async def join(self, socket: ClientConnection, identity: Identity) -> None:
        """Send `hello` to a socket, and from then on all events. Raises DatabaseUnavailable."""
        self.start()
        user_id = identity.user_id
        is_first = user_id not in self._users
        user = self._users.setdefault(user_id, UserConnections())
        user.pending[socket] = []
        SOCKETS.inc()
        if is_first:
            await self._subscriptions.add(user_id)
        if self._champion is None:
            self._champion = await run_query(load_champion_json)
        position = await self._load_position(user, user_id)
        socket.put(
            hello_message(
                user=identity.user,
                cursor=position.cursor,
                epoch=position.epoch,
                limits=limits_json(),
                champion=self._champion,
            )
        )
        user.add_socket(socket, position.cursor)

    async def _load_position(self, user: UserConnections, user_id: int) -> FeedPosition:
        """Return a position after all sent events: a new socket would miss those in between.

        The query is repeated only if events arrived during it. A stored cursor before an event that
        was already sent means that the database was restored.
        """
        while True:
            sent = user.synced_cursor
            position = await run_query(partial(load_position, user_id))
            user.follow(position, sent_cursor=sent)
            if user.synced_cursor is None or position.cursor >= user.synced_cursor:
                return position

    async def resume(
        self, socket: ClientConnection, user_id: int, *, since: int, epoch: str
    ) -> None:
        """Send a socket the changes after the cursor `since` of an epoch.

        If the user exceeded the rate of resumes, the client receives a request to reload its lists
        instead. Raises DatabaseUnavailable.
        """
        if rate_limits.can_resume(user_id):
            changes = await run_query(
                partial(load_changes, user_id=user_id, since=since, epoch=epoch)
            )
            rate_limits.consume_resumes(user_id, len(changes.drawings))
        else:
            position = await run_query(partial(load_position, user_id))
            changes = ChangeSet(position.cursor, [], False, position.epoch)
        self._users[user_id].resume(socket, changes)

    def leave(self, socket: ClientConnection, user_id: int) -> None:
        user = self._users[user_id]
        user.sockets.discard(socket)
        user.pending.pop(socket, None)
        self.side_by_side.remove(socket)
        if not user.sockets and not user.pending:
            del self._users[user_id]
            self._subscriptions.remove(user_id)
        SOCKETS.dec()

    def _handle_remote(self, message: Message) -> None:
        if message["type"] in PRESENCE_MESSAGES:
            self._subscriptions.handle(message)
        elif not is_from_this_process(message):
            self._handle(message)
            if message["type"] == "changes" and is_batch_of_this_process(message["batch"]):
                forward_envelopes(message["changes"])

    def _handle(self, message: Message) -> None:
        if message["type"] == "sign_out":
            self._close_session(message["session"])
            return
        if message["type"] == "credentials_changed":
            self._start_auth_check(message["user"])
            return
        if message["type"] == "side_by_side":
            self.side_by_side.deliver(message["batch"], message["texts"])
            return
        events = parse_envelopes(message)
        for event in events:
            user = self._users.get(event.user_id)
            if user is not None:
                user.send_event(event)
        if is_traced():
            delivered = [orjson.loads(one.text) for one in events if self._is_result(one)]
            refs = ((body["ref"], body["revision"]) for body in delivered)
            trace("delivered", refs, batch_id=message["batch"])
        if message["batch"]:
            for result, count in Counter(event.result for event in events).items():
                if result:
                    PREDICTIONS.labels(result).inc(count)
            ingest.release_batch_slot(message["batch"])

    def _is_result(self, event: EventEnvelope) -> bool:
        """Return whether the event ends a recognition and its user has a socket here."""
        return bool(event.result) and event.user_id in self._users

    async def _run_sync(self) -> None:
        while True:
            await asyncio.sleep(SYNC_INTERVAL_S)
            with suppress(DatabaseUnavailable):  # logged by run_query
                await self._sync_once()

    async def _sync_once(self) -> None:
        users = {id: user for id, user in self._users.items() if user.synced_cursor is not None}
        if not users:
            return
        await self._send_new_champion()
        sent = {user_id: user.synced_cursor for user_id, user in users.items()}
        stored = await run_query(partial(load_positions, list(users)))
        for user_id, user in users.items():
            user.follow(stored[user_id], sent_cursor=sent[user_id])
            if user.is_out_of_sync:
                since = user.synced_cursor or 0
                changes = await run_query(partial(load_changes, user_id=user_id, since=since))
                if not all(user.has_sent(drawing.cursor) for drawing in changes.drawings):
                    self._subscriptions.announce(user_id)
                user.send_missed(changes)
            user.stored_cursor = stored[user_id].cursor

    async def _run_subscription_update(self) -> None:
        while True:
            await asyncio.sleep(SUBSCRIPTION_UPDATE_INTERVAL_S)
            await self._subscriptions.update()

    async def _send_new_champion(self) -> None:
        champion = await run_query(load_champion_json)
        if champion == self._champion:
            return
        self._champion = champion
        for user in self._users.values():
            for socket in user.sockets:
                socket.put(champion_message(champion))

    async def _run_auth_check(self) -> None:
        while True:
            await asyncio.sleep(settings.SOCKET_AUTH_INTERVAL_S)
            await self._close_invalid(
                [socket for user in self._users.values() for socket in user.sockets]
            )

    async def _close_invalid(self, sockets: list[ClientConnection]) -> None:
        """Close the sockets whose session or token is no longer valid."""
        identities = {socket.identity for socket in sockets if socket.identity}
        if not identities:
            return
        try:
            valid = await run_query(partial(find_valid_identities, identities))
        except DatabaseUnavailable:
            return  # the next periodic check repeats it
        for socket in sockets:
            if socket.identity not in valid:
                socket.close(4401)

    async def _run_stall_check(self) -> None:
        while True:
            await asyncio.sleep(STALL_CHECK_INTERVAL_S)
            for user in list(self._users.values()):
                for socket in [socket for socket in user.sockets if socket.is_stalled()]:
                    socket.abort()

    def _start_auth_check(self, user_id: int) -> None:
        """Check the sockets of a user now. The set keeps the task alive."""
        if user := self._users.get(user_id):
            check = self._close_invalid([*user.sockets, *user.pending])
            task = asyncio.get_running_loop().create_task(check)
            self._auth_checks.add(task)
            task.add_done_callback(self._auth_checks.discard)

    def _close_session(self, session_key: str) -> None:
        for user in self._users.values():
            for socket in (*user.sockets, *user.pending):
                identity = socket.identity
                if identity and session_key and identity.session_key == session_key:
                    socket.close(4401)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def get_hub() -> Hub:
    """Return the hub of the running event loop."""
    loop = asyncio.get_running_loop()
    return _hubs.setdefault(loop, Hub())
