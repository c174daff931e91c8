"""A POST request to a receiver, with limits of time and size. Redirects are not followed."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings

from recognizer.log_formatter import escape_control_characters
from recognizer.webhooks.target_address import CannotResolve, InvalidUrl, Target, resolve_target

MAX_RESPONSE_BYTES = 4096
MAX_EXCERPT_CHARACTERS = 500
USER_AGENT = "Digitsite-Webhooks/1"


@dataclass(frozen=True)
class PostResult:
    """`status` is 0 without a response; `error` is empty after a status of 200 to 299."""

    status: int
    error: str
    duration_ms: int
    excerpt: str = ""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> PostResult:
    """Send the body and return the result, within WEBHOOK_TIMEOUT_S in total, including the lookup
    of the name. Raises nothing: the log shows what went wrong."""
    started = time.monotonic()
    ends_at = started + settings.WEBHOOK_TIMEOUT_S
    status, error, excerpt = 0, "", ""
    try:
        status, excerpt = _send(resolve_target(url), body, headers, ends_at)
        if not 200 <= status <= 299:
            error = "redirect" if 300 <= status <= 399 else "status"
    except CannotResolve as refusal:
        error = refusal.code
    except InvalidUrl:
        error = "invalid_url"
    except ssl.SSLError:
        error = "tls"
    except TimeoutError:
        error = "timeout"
    except (http.client.HTTPException, OSError, ValueError):
        error = "connection"
    duration_s = time.monotonic() - started
    if error in ("connection", "tls") and duration_s >= settings.WEBHOOK_TIMEOUT_S:
        error = "timeout"
    return PostResult(status, error, round(1000 * duration_s), excerpt)


def _send(
    target: Target, body: bytes, headers: Mapping[str, str], ends_at: float
) -> tuple[int, str]:
    """Return the status and the start of the response, until `ends_at` of time.monotonic().

    A timeout of the socket limits each read only, so a timer closes the connection.
    """
    raw = socket.create_connection((target.address, target.port), _compute_rest_s(ends_at))
    watched = socket.socket(fileno=os.dup(raw.fileno()))
    timer = threading.Timer(_compute_rest_s(ends_at), _shut_down, [watched])
    timer.daemon = True
    timer.start()
    connection = http.client.HTTPConnection(target.host, target.port)
    try:
        connection.sock = raw
        if target.is_tls:
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(raw, server_hostname=target.host)
        connection.request(
            "POST",
            target.path,
            body,
            {
                "Host": target.host_header,
                "Content-Type": "application/json",
                "User-Agent": USER_AGENT,
                "Connection": "close",
                **headers,
            },
        )
        response = connection.getresponse()
        text = response.read(MAX_RESPONSE_BYTES).decode("utf-8", "replace")
        return response.status, escape_control_characters(text)[:MAX_EXCERPT_CHARACTERS]
    finally:
        timer.cancel()
        connection.close()
        raw.close()
        watched.close()


def _compute_rest_s(ends_at: float) -> float:
    """Return a positive number: a timeout of 0 has another meaning for a socket."""
    return max(0.001, ends_at - time.monotonic())


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
