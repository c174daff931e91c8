"""Asks the background what the shown models say, for the sockets of one event loop.

The newest question of each socket waits here, the one before it is dropped. Questions go in groups:
two may be unanswered, and what comes meanwhile makes the next one larger. Nothing is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol
from uuid import uuid4

from recognizer.beside.sending import post_asks
from recognizer.contract import JSON, Ask, encode_asks, no_beside_message
from recognizer.queue import CannotPublish

MOST_WAITING = 1_024
"""Sockets whose question may wait here."""
MOST_TOGETHER = 128
MOST_UNANSWERED = 2
LATE_AFTER_S = 3.0
"""After so long who asked hears that it takes longer than usual."""
FORGOTTEN_AFTER_S = 10.0
"""After so long a group counts as lost, and who asked hears that nobody answers."""


class Listener(Protocol):
    """A socket."""

    def put(self, message: JSON, /) -> None: ...

    def put_text(self, text: str, /) -> None: ...


Group = list[tuple[Listener, Ask]]
Post = Callable[[str], "asyncio.Future[None]"]


class Asker:
    """`post` brings a payload to the background's queue; its future may raise CannotPublish."""

    def __init__(self, post: Post = post_asks) -> None:
        self._post = post
        self._owed: dict[Listener, Ask] = {}
        self._waiting: dict[Listener, Ask] = {}
        self._groups: dict[str, Group] = {}

    def ask(self, listener: Listener, ask: Ask) -> None:
        """The answer, or why there is none, is put into `listener`."""
        if listener not in self._waiting and len(self._waiting) >= MOST_WAITING:
            listener.put(no_beside_message(ask, "unavailable"))
            return
        self._owed[listener] = self._waiting[listener] = ask
        loop = asyncio.get_running_loop()
        loop.call_later(LATE_AFTER_S, self._say, "delayed", [(listener, ask)])
        self._send_waiting()

    def forget(self, listener: Listener) -> None:
        """It is closed."""
        self._owed.pop(listener, None)
        self._waiting.pop(listener, None)

    def hear(self, group_id: str, texts: Sequence[str]) -> None:
        """The background has answered a group, perhaps one of another process."""
        for (listener, ask), text in zip(self._groups.pop(group_id, ()), texts, strict=False):
            if self._owed.get(listener) == ask:
                self.forget(listener)
                listener.put_text(text)
        self._send_waiting()

    def _send_waiting(self) -> None:
        while self._waiting and len(self._groups) < MOST_UNANSWERED:
            taken = list(self._waiting.items())[:MOST_TOGETHER]
            for listener, _ in taken:
                del self._waiting[listener]
            group_id = uuid4().hex
            self._groups[group_id] = taken
            posted = self._post(encode_asks(group_id, [ask for _, ask in taken]))
            posted.add_done_callback(partial(self._posted, group_id))

    def _posted(self, group_id: str, posted: asyncio.Future[None]) -> None:
        if posted.cancelled():
            return  # the process ends
        try:
            posted.result()
        except CannotPublish:
            self._give_up(group_id)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(FORGOTTEN_AFTER_S, self._give_up, group_id)

    def _give_up(self, group_id: str) -> None:
        group = self._groups.pop(group_id, None)
        if group is not None:
            self._say("unavailable", group)
            self._send_waiting()

    def _say(self, code: str, group: Group) -> None:
        """Only to those who still wait for just this."""
        for listener, ask in group:
            if self._owed.get(listener) == ask:
                listener.put(no_beside_message(ask, code))
