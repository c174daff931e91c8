"""A small SMTP server on loopback with set replies, and servers that do not work."""

import socket
import socketserver
from typing import Any

CLOSE, SILENCE = "close", "silence"
"""Replies after which the server closes the connection, or no longer responds."""


class SmtpHandler(socketserver.StreamRequestHandler):
    """Respond to the commands of one client. `server.replies` overrides the reply to a command."""

    server: Any

    def handle(self) -> None:
        self._reply("220 ready")
        while line := self.rfile.readline():
            command = line.decode().strip()
            verb = command.partition(" ")[0].upper()
            reply = self.server.replies.get(verb)
            if reply == SILENCE:
                self.rfile.read()  # until the client gives up
            if reply in (CLOSE, SILENCE):
                return
            if verb == "DATA" and reply is None:
                self._reply("354 go on")
                self.server.messages.append(self._read_message())
            self._reply(reply or "250 ok")
            if verb == "QUIT":
                return

    def _reply(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _read_message(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
            lines.append(line)
        return "".join(lines)


class SmtpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SmtpHandler)
        self.replies: dict[str, str] = {}
        self.messages: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


def open_silent_server() -> socket.socket:
    """Return a listening socket: the kernel accepts connections, and no process responds."""
    return socket.create_server(("127.0.0.1", 0), backlog=16)


def find_dead_port() -> int:
    """Return a port that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
