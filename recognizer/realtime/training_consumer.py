"""The consumer of `/ws/training/{id}/`, for admins: a training run and each of its changes.

The rows are read once a second, so that no change can be missed: the training process needs no
connection to the sockets, and an unavailable broker does not matter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from recognizer import permission_checked_lookups, rate_limits, request_costs
from recognizer.db.query_thread_pool import DatabaseUnavailable, run_query
from recognizer.models import SiteIdentity, User
from recognizer.protocol import Payload, resumed_message
from recognizer.rate_limits import RateLimited
from recognizer.realtime.asgi_types import Receive, Scope
from recognizer.realtime.authentication import Identity, find_valid_identities
from recognizer.realtime.base_consumer import BaseConsumer
from recognizer.realtime.client_message_parser import CannotReadMessage, parse_message, parse_since
from recognizer.realtime.socket_limit import SocketLimit
from recognizer.realtime.websocket_connection import ClientConnection
from recognizer.training.run_list_and_events import load_events
from recognizer.training.run_payloads import event_json, run_json

POLL_INTERVAL_S = 1.0


@dataclass(frozen=True, slots=True)
class RunUpdate:
    """The current state of a run and its new events; or the code to close the socket with."""

    run: Payload
    events: Sequence[Payload]
    close_code: int = 0
    epoch: str = ""


class TrainingConsumer(BaseConsumer):
    """An admin who watches one run."""

    limit = SocketLimit()

    def __init__(self, scope: Scope, receive: Receive, socket: ClientConnection) -> None:
        super().__init__(scope, receive, socket)
        self._run_id = scope["url_route"]["kwargs"]["id"]
        self._user_id = 0
        self._cursor = 0
        self._epoch = ""
        self._sent_run: Payload = {}

    async def handle_connection(self, identity: Identity) -> None:
        self._user_id = identity.user_id
        polling = asyncio.create_task(self._poll(identity))
        try:
            while True:
                await self._handle_message(await self.receive_text())
        finally:
            polling.cancel()

    async def _poll(self, identity: Identity) -> None:
        while not self.socket.is_stalled():
            try:
                update = await run_query(
                    partial(load_run_update, identity, self._run_id, since=self._cursor)
                )
            except DatabaseUnavailable:
                self.socket.close(1013)
                return
            if update.close_code:
                self.socket.close(update.close_code)
                return
            if self._epoch not in ("", update.epoch):
                self.socket.close(1012)  # the next `hello` contains the restored run
                return
            self._epoch = update.epoch
            self._send_update(identity, update)
            await asyncio.sleep(POLL_INTERVAL_S)
        self.socket.abort()

    def _send_update(self, identity: Identity, update: RunUpdate) -> None:
        self._cursor = max([self._cursor, *(event["cursor"] for event in update.events)])
        if not self._sent_run:
            body = {"run": update.run, "events": update.events}
            self.socket.put(
                {"type": "hello", "user": identity.user, "cursor": self._cursor, **body}
            )
        else:
            for event in update.events:
                self.socket.put(event)
            if update.run != self._sent_run:
                self.socket.put({"type": "run", "run": update.run})
        self._sent_run = update.run

    async def _handle_message(self, text: str | None) -> None:
        """Reply to `resume`, the only message of a client; `hello` has already sent everything."""
        try:
            rate_limits.consume_tokens(self._user_id, request_costs.message_cost("resume"))
            message = parse_message(text)
            if message["type"] != "resume":
                raise CannotReadMessage("unknown_type")
            parse_since(message)
            self.socket.put(resumed_message(cursor=self._cursor, complete=True))
        except CannotReadMessage as error:
            self.refuse(error)
        except RateLimited as error:
            self.put_error(error)
            await self.pause(error)


def load_run_update(identity: Identity, run_id: object, *, since: int) -> RunUpdate:
    """Return a run and its events after the cursor `since`.

    It checks the session and the admin role each time, so that a socket closes within a second
    after either ends.
    """
    if not find_valid_identities([identity]):
        return RunUpdate({}, [], 4401)
    user = User.objects.get(pk=identity.user_id)
    if not user.is_admin:
        return RunUpdate({}, [], 4403)
    try:
        run = permission_checked_lookups.get_training_run(user, run_id)
    except permission_checked_lookups.NotFound:
        return RunUpdate({}, [], 4404)
    events = [event_json(event) for event in load_events(run.pk, since=since)]
    return RunUpdate(run_json(run), events, epoch=SiteIdentity.load().feed_epoch)
