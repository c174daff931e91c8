"""`/ws/training/{id}/`, for admins: how a run stands, then every change of it.

What is told is read from the rows once a second, so that nothing can be missed: the process that
trains needs no way to the sockets, and a broker that is away takes nothing from them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from functools import partial

from django.conf import settings

from recognizer import access
from recognizer.contract import JSON, error_message, resumed_message
from recognizer.live.asgi import Receive, Scope, Send
from recognizer.live.database import DatabaseIsAway, ask_database
from recognizer.live.identity import Identity, find_valid
from recognizer.live.messages import CannotReadMessage, read_message, read_since
from recognizer.live.socket import Socket
from recognizer.live.visit import Visit, let_in
from recognizer.models import User
from recognizer.training import event_json, read_events, run_json

LOOKS_EVERY_S = 1.0

_open: Counter[int] = Counter()
"""How many of these sockets a person has at this process."""


@dataclass(frozen=True, slots=True)
class News:
    """The run now, and what it told since; or the code to close with."""

    run: JSON
    events: list[JSON]
    closes_with: int = 0


async def training_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application of one socket."""
    await let_in(scope, receive, send, RunVisit)


class RunVisit(Visit):
    """Somebody who watches one run."""

    def __init__(self, scope: Scope, receive: Receive, socket: Socket) -> None:
        super().__init__(scope, receive, socket)
        self._run_id = scope["url_route"]["kwargs"]["id"]
        self._cursor = 0
        self._told: JSON = {}

    async def talk(self, identity: Identity) -> None:
        if _open[identity.user_id] >= settings.SOCKETS_PER_USER:
            self.socket.put(error_message("rate_limited", retry_after_s=5))
            self.socket.close(4429)
            return
        _open[identity.user_id] += 1
        following = asyncio.create_task(self._follow(identity))
        try:
            while True:
                self._answer(await self.next_text())
        finally:
            following.cancel()
            _open[identity.user_id] -= 1

    async def _follow(self, identity: Identity) -> None:
        while not self.socket.is_stalled():
            try:
                ask = partial(read_news, identity, self._run_id, since=self._cursor)
                news = await ask_database(ask)
            except DatabaseIsAway:
                self.socket.close(1013)
                return
            if news.closes_with:
                self.socket.close(news.closes_with)
                return
            self._tell(news)
            await asyncio.sleep(LOOKS_EVERY_S)
        self.socket.abort()

    def _tell(self, news: News) -> None:
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
            message = read_message(text or "")
            if message["type"] != "resume":
                raise CannotReadMessage("unknown_type")
            read_since(message)
            self.socket.put(resumed_message(cursor=self._cursor, complete=True))
        except CannotReadMessage as error:
            self.socket.put(error_message(error.code, error.detail))


def read_news(identity: Identity, run_id: object, *, since: int) -> News:
    """Asked every second, so that whoever signs out or is no admin any more soon hears nothing."""
    if not find_valid([identity]):
        return News({}, [], 4401)
    user = User.objects.get(pk=identity.user_id)
    if not user.is_admin:
        return News({}, [], 4403)
    try:
        run = access.get_training_run(user, run_id)
    except access.NotFound:
        return News({}, [], 4404)
    events = [event_json(event) for event in read_events(run.pk, since=since)]
    return News(run_json(run), events)
