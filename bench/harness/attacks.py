"""Clients that send the most expensive requests that the site accepts.

`python -m bench.harness.attacks NAME PORT SECONDS TOKEN…` runs one of them in a separate process,
so that its processor time is not part of the load generator's. It prints the number of responses
by status. The process has the lowest priority: the machine of an attacker is another one.
"""

from __future__ import annotations

import base64
import io
import json
import os
import random
import socket
import struct
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Thread
from urllib.parse import urlencode

from PIL import Image, ImageDraw

from bench.harness.bench_users import PASSWORD
from bench.harness.heavy_drawings import format_heavy_ink
from bench.harness.load_generator import format_draw_message
from bench.harness.login import PAGE, TOKEN

PAUSE_S = 0.05
BROKEN_FRAME_BYTES = 250_000
BOUNDARY = "digitsite-bench-boundary"

Step = Callable[[], str]
"""One request. It returns the status or the error, which are counted."""


@dataclass(frozen=True)
class Attack:
    """The requests of a client, the number of clients at the same time, and their accounts."""

    prepare: Callable[[int, str], Step]
    clients: int
    accounts: int = 1


def encode_worst_picture() -> bytes:
    """Return a valid picture of 1000x1000 pixels and a few KB with hundreds of shapes."""
    picture = Image.new("1", (1000, 1000), 1)
    pen, place = ImageDraw.Draw(picture), random.Random(1)
    for _ in range(60):
        ends = [place.randrange(1000) for _ in range(4)]
        pen.line(ends, fill=0, width=place.randrange(1, 30))
    return _encode_png(picture)


def encode_flat_picture() -> bytes:
    """Return a valid picture of 1,000,000x1 pixels."""
    picture = Image.new("1", (1_000_000, 1), 1)
    picture.paste(0, (400_000, 0, 600_000, 1))
    return _encode_png(picture)


def run_attack(name: str, port: int, tokens: Sequence[str], seconds: float) -> Counter[str]:
    """Run an attack with its number of clients; return the number of responses by status."""
    attack = ATTACKS[name]
    counts: Counter[str] = Counter()
    until = time.monotonic() + seconds

    def run_client(number: int) -> None:
        token = tokens[number % len(tokens)]
        step = attack.prepare(port, token)
        while time.monotonic() < until:
            try:
                counts[step()] += 1
            except (OSError, HTTPException) as error:
                counts[type(error).__name__] += 1
                with suppress(OSError):
                    step = attack.prepare(port, token)
            time.sleep(PAUSE_S)

    threads = [
        Thread(target=run_client, args=[number], daemon=True) for number in range(attack.clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, until + 5 - time.monotonic()))
    return counts


def _upload(content: bytes) -> Callable[[int, str], Step]:
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    media_type = f"multipart/form-data; boundary={BOUNDARY}"
    return _request("POST", "/api/v1/drawings/", lambda: body, media_type)


def _request(
    method: str,
    path: str,
    build_body: Callable[[], bytes] = bytes,
    media_type: str = "application/json",
) -> Callable[[int, str], Step]:
    def prepare(port: int, token: str) -> Step:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Authorization": f"Token {token}", "Content-Type": media_type}

        def step() -> str:
            connection.request(method, path, build_body(), headers)
            response = connection.getresponse()
            response.read()
            return str(response.status)

        return step

    return prepare


def _heavy_ink() -> bytes:
    return f'{{"strokes":{_HEAVY_INKS[random.randrange(len(_HEAVY_INKS))]}}}'.encode()


def _broken_frames(port: int, token: str) -> Step:
    """Send frames that are not JSON over a socket without authentication."""
    client = _open_socket(port)
    text = b'{"type":"draw","strokes":' + b"[" * (BROKEN_FRAME_BYTES - 25)
    return lambda: _send_frame(client, text)


def _heavy_frames(port: int, token: str) -> Step:
    """Send heavy ink over a socket."""
    client = _open_socket(port)
    _send_frame(client, f'{{"type":"auth","token":"{token}"}}'.encode())
    return lambda: _send_frame(
        client, format_draw_message(str(uuid.uuid4()), random.choice(_HEAVY_INKS))
    )


def _open_socket(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    lines = [
        "GET /ws/recognize/ HTTP/1.1",
        f"Host: localhost:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
    ]
    client.sendall("\r\n".join([*lines, "", ""]).encode())
    client.recv(4096)
    return client


def _send_frame(client: socket.socket, text: bytes) -> str:
    """Send a text frame and discard what the server has sent."""
    client.sendall(struct.pack("!BBQI", 0x81, 0xFF, len(text), 0) + text)
    client.setblocking(False)
    with suppress(BlockingIOError):
        if not client.recv(65_536):
            raise ConnectionResetError
    client.settimeout(10)
    return "sent"


def _sign_in(port: int, token: str) -> Step:
    """Sign in with a wrong password, over a new connection each time."""

    def step() -> str:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", PAGE)
        page = connection.getresponse()
        found, cookie = TOKEN.search(page.read().decode()), page.headers.get("Set-Cookie", "")
        if found is None:
            return f"page {page.status}"
        form = {"login": "bench0", "password": "wrong", "csrfmiddlewaretoken": found[1]}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": cookie.partition(";")[0],
            "Origin": f"http://127.0.0.1:{port}",
        }
        connection.request("POST", PAGE, urlencode(form), headers)
        status = connection.getresponse().status
        connection.close()
        return str(status)

    return step


def _reads(port: int, token: str) -> Step:
    paths = ("drawings/?limit=200", "drawings/?limit=200&strokes=true", "me/")
    steps = [_request("GET", f"/api/v1/{path}")(port, token) for path in paths]
    password = json.dumps({"password": PASSWORD}).encode()
    steps.append(_request("POST", "/api/v1/me/export/", lambda: password)(port, token))
    return lambda: random.choice(steps)()


def _encode_png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


_HEAVY_INKS = [format_heavy_ink(seed) for seed in range(4)]

_POST_HEAVY_INK = _request("POST", "/api/v1/drawings/", _heavy_ink)

ATTACKS: dict[str, Attack] = {
    "the worst valid pictures": Attack(_upload(encode_worst_picture()), 6),
    "5,000-point ink": Attack(_POST_HEAVY_INK, 6),
    "5,000-point ink, 3 accounts": Attack(_POST_HEAVY_INK, 18, accounts=3),
    "5,000-point ink, sockets": Attack(_heavy_frames, 6),
    "1,000,000x1 pictures": Attack(_upload(encode_flat_picture()), 6),
    "heavy reads": Attack(_reads, 6),
    "broken frames": Attack(_broken_frames, 3),
    "parallel sign-ins": Attack(_sign_in, 10),
}


if __name__ == "__main__":
    os.nice(19)
    name, port, seconds, *tokens = sys.argv[1:]
    print(json.dumps(run_attack(name, int(port), tokens, float(seconds))))
