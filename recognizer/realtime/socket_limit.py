"""The limit of open sockets of a user in this process.

A socket whose network was lost stays open until two pings later. It does not keep its user out: at
the limit, all sockets are pinged, and a new socket replaces the oldest one that does not respond.
"""

from __future__ import annotations

import asyncio

from django.conf import settings

from recognizer.realtime.websocket_connection import ClientConnection

PROBE_TIMEOUT_S = 2.0
PROBE_INTERVAL_S = 0.05


class SocketLimit:
    """The open sockets of each user, oldest first."""

    def __init__(self) -> None:
        self._open: dict[int, list[ClientConnection]] = {}

    async def acquire(self, user_id: int, socket: ClientConnection) -> bool:
        """Count a socket. Returns False if MAX_SOCKETS_PER_USER others are open and respond."""
        if len(self._open.get(user_id, ())) >= settings.MAX_SOCKETS_PER_USER:
            unresponsive = await self._find_unresponsive(user_id)
            if unresponsive is None:
                return False
            self.release(user_id, unresponsive)
            unresponsive.abort()
        self._open.setdefault(user_id, []).append(socket)
        return True

    def release(self, user_id: int, socket: ClientConnection) -> None:
        """Forget a socket. Does nothing if another one has replaced it."""
        remaining = [one for one in self._open.get(user_id, ()) if one is not socket]
        self._open[user_id] = remaining
        if not remaining:
            del self._open[user_id]

    async def _find_unresponsive(self, user_id: int) -> ClientConnection | None:
        """Ping all sockets of a user, and return the oldest one without a pong, or None."""
        probed = list(self._open[user_id])
        for socket in probed:
            socket.ping()
        for _ in range(round(PROBE_TIMEOUT_S / PROBE_INTERVAL_S)):
            if not any(socket.is_ping_pending() for socket in probed):
                return None
            await asyncio.sleep(PROBE_INTERVAL_S)
        still_open = self._open.get(user_id, [])
        silent = [one for one in probed if one.is_ping_pending() and one in still_open]
        return silent[0] if silent else None
