"""`/ws/training/{id}/`, for admins: how a run stands, then every change of it.

What is told is read from the rows once a second, so that nothing can be missed: the process that
trains needs no way to the sockets, and a broker that is away takes nothing from them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.conf import settings

from recognizer import access
from recognizer.db.async_queries import DatabaseUnavailable, run_query
from recognizer.models import User
from recognizer.protocol import Payload, error_message, resumed_message
from recognizer.realtime.asgi_types import Receive, Scope, Send
from recognizer.realtime.authentication import Identity, find_valid_identities
from recognizer.realtime.base_consumer import BaseConsumer, run_consumer
from recognizer.realtime.client_messages import CannotReadMessage, parse_message, parse_since
from recognizer.realtime.connection import ClientConnection
from recognizer.training.queries import load_events
from recognizer.training.serializers import event_json, run_json

POLL_INTERVAL_S = 1.0

_open_connections: Counter[int] = Counter()
"""How many of these sockets a person has at this process."""


@dataclass(frozen=True, slots=True)
class RunUpdate:
    """The run now, and what it told since; or the code to close with."""

    run: Payload
    events: Sequence[Payload]
    close_code: int = 0


async def training_app(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application of one socket."""
    await run_consumer(scope, receive, send, TrainingConsumer)


class TrainingConsumer(BaseConsumer):
    """Somebody who watches one run."""

    def __init__(self, scope: Scope, receive: Receive, socket: ClientConnection) -> None:
        super().__init__(scope, receive, socket)
        self._run_id = scope["url_route"]["kwargs"]["id"]
        self._cursor = 0
        self._told: Payload = {}

    async def talk(self, identity: Identity) -> None:
        if _open_connections[identity.user_id] >= settings.MAX_SOCKETS_PER_USER:
            self.socket.put(error_message("rate_limited", retry_after_s=5))
            self.socket.close(4429)
            return
        _open_connections[identity.user_id] += 1
        following = asyncio.create_task(self._follow(identity))
        try:
            while True:
                self._answer(await self.receive_text())
        finally:
            following.cancel()
            _open_connections[identity.user_id] -= 1

    async def _follow(self, identity: Identity) -> None:
        while not self.socket.is_stalled():
            try:
                ask = partial(load_run_update, identity, self._run_id, since=self._cursor)
                news = await run_query(ask)
            except DatabaseUnavailable:
                self.socket.close(1013)
                return
            if news.close_code:
                self.socket.close(news.close_code)
                return
            self._tell(news)
            await asyncio.sleep(POLL_INTERVAL_S)
        self.socket.abort()

    def _tell(self, news: RunUpdate) -> None:
        self._cursor = max([self._cursor, *(event["cursor"] for event in news.events)])
        if not self._told:
            body = {"run": news.run, "events": news.events}
            self.socket.put({"type": "hello", "cursor": self._cursor, **body})
        else:
            for event in news.events:
                self.socket.put(event)
            if news.run != self._told:
                self.socket.put({"type": "run", "run": news.run})
        self._told = news.run

    def _answer(self, text: str | None) -> None:
        """A client has nothing to say but that it is back; `hello` has told it everything."""
        try:
            message = parse_message(text or "")
            if message["type"] != "resume":
                raise CannotReadMessage("unknown_type")
            parse_since(message)
            self.socket.put(resumed_message(cursor=self._cursor, complete=True))
        except CannotReadMessage as error:
            self.put_error(error)


def load_run_update(identity: Identity, run_id: object, *, since: int) -> RunUpdate:
    """Asked every second, so that whoever signs out or is no admin any more soon hears nothing."""
    if not find_valid_identities([identity]):
        return RunUpdate({}, [], 4401)
    user = User.objects.get(pk=identity.user_id)
    if not user.is_admin:
        return RunUpdate({}, [], 4403)
    try:
        run = access.get_training_run(user, run_id)
    except access.NotFound:
        return RunUpdate({}, [], 4404)
    events = [event_json(event) for event in load_events(run.pk, since=since)]
    return RunUpdate(run_json(run), events)
